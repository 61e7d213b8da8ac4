#!/usr/bin/env bash
# Checks formatting and the usual mistakes. staticcheck and shellcheck run if they are installed.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(gofmt -l .)
if [[ -n $unformatted ]]; then
  printf 'gofmt would change:\n%s\n' "$unformatted" >&2
  exit 1
fi
go vet ./...
if [[ -d e2e ]]; then
  go vet -tags e2e ./e2e/...
fi
go run ./internal/typecheck windows/amd64 darwin/arm64 # with the files in C, which vet leaves out for other systems
if command -v staticcheck >/dev/null; then
  staticcheck ./...
fi
if command -v shellcheck >/dev/null; then
  shellcheck scripts/*.sh .ci/run
fi
