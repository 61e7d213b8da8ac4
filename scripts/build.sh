#!/usr/bin/env bash
# Builds build/parley and build/parley-server. The first build takes some minutes: much of it is C.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh run
mkdir -p build
stamp="-X main.stamped=$(scripts/version.sh)"
echo "Building build/parley"
go build -ldflags "$stamp" -o build/parley .
if [[ -n "$(find cmd/parley-server -name '*.go' -print -quit)" ]]; then
  echo "Building build/parley-server"
  CGO_ENABLED=0 go build -ldflags "$stamp" -o build/parley-server ./cmd/parley-server
fi
