#!/usr/bin/env bash
# Takes the pictures of the documentation from the running program, on a virtual desktop.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh test
scripts/build.sh
rm -rf docs/pictures
mkdir -p docs/pictures
go test -tags e2e -count=1 -run '^TestPictures$' ./e2e -pictures "$PWD/docs/pictures"
mogrify -resize '1280x>' -strip +dither -colors 256 -define png:compression-level=9 docs/pictures/*.png
