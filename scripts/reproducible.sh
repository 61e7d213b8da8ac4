#!/usr/bin/env bash
# Builds the switchboard twice, in different folders and the second time without anything from the first, and compares: whoever has the
# source can prove that a release is made of it.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(scripts/version.sh)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/here" "$work/and/there"
for folder in here and/there; do
  git ls-files -z --cached --others --exclude-standard -- '*.go' '*.mod' '*.sum' assets FyneApp.toml server cmd | tar --null -T - -cf - | tar -xf - -C "$work/$folder"
done
build() { # FOLDER ENVIRONMENT…
  local folder=$1
  shift
  (cd "$work/$folder" && env "$@" CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.stamped=$version" \
    -o "$work/$(basename "$folder")-server" ./cmd/parley-server)
}
build here
build and/there GOCACHE="$work/cache"
cmp "$work/here-server" "$work/there-server"
echo "parley-server $version is the same byte for byte: $(sha256sum <"$work/here-server" | cut -d' ' -f1)"
