#!/usr/bin/env bash
# Builds build/parley and build/parley-server.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh run
mkdir -p build
stamp="-X main.stamped=$(scripts/version.sh)"
first=
[[ -e build/parley ]] || first=". The first time takes some minutes: much of it is C"
echo "Building build/parley$first"
go build -ldflags "$stamp" -o build/parley .
if [[ -n "$(find cmd/parley-server -name '*.go' -print -quit)" ]]; then
  echo "Building build/parley-server"
  CGO_ENABLED=0 go build -ldflags "$stamp" -o build/parley-server ./cmd/parley-server
fi
