#!/usr/bin/env bash
# Prints the version of this source: that of the tag, with the commits since then (1.2.0, 1.2.0+5.gabc1234), or without a tag that of
# FyneApp.toml.
set -euo pipefail
cd "$(dirname "$0")/.."

if tag=$(git describe --tags --match 'v[0-9]*' 2>/dev/null); then
  sed -E 's/^v//; s/-([0-9]+)-(g[0-9a-f]+)$/+\1.\2/' <<<"$tag"
else
  sed -n 's/^Version = "\(.*\)"/\1/p' FyneApp.toml
fi
