#!/usr/bin/env bash
# Checks what a reader would complain of: formatting, the usual mistakes (.golangci.yml says which), types for other systems, the modules,
# and the scripts.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh lint
golangci=$(scripts/tool.sh golangci-lint)
"$golangci" run ./...
go run ./internal/typecheck windows/amd64 darwin/arm64 # with the files in C, which vet leaves out for other systems

go mod tidy -diff
go mod verify

shellcheck scripts/*.sh .ci/run
