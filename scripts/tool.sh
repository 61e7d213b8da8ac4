#!/usr/bin/env bash
# Prints where a tool is, after it has built it if need be: tool.sh golangci-lint. Here stand their versions. They are fetched as Go
# modules, checked by the checksum database, and stay out of go.mod.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  golangci-lint) module=github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 ;;
  govulncheck) module=golang.org/x/vuln/cmd/govulncheck@v1.9.0 ;;
  actionlint) module=github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 ;;
  cyclonedx-gomod) module=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 ;;
  nfpm) module=github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.40.0 ;;
  fyne) module=fyne.io/tools/cmd/fyne@v1.7.0 ;;
  *)
    echo "usage: $0 golangci-lint|govulncheck|actionlint|cyclonedx-gomod|nfpm|fyne" >&2
    exit 2
    ;;
esac

# One folder for each version, so that a newer one is built when the number above changes.
dir=$PWD/build/tools/$1-${module##*@}
[[ -x $dir/$1 ]] || GOBIN=$dir go install "$module" >&2
echo "$dir/$1"
