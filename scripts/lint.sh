#!/usr/bin/env bash
# Checks what can be wrong without a test noticing: formatting and the usual mistakes (.golangci.yml says which), types for other systems,
# the modules with their licences and known vulnerabilities, the scripts and the workflows.
# Links in the documents are checked by a test.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh lint
golangci=$(scripts/tool.sh golangci-lint)
"$golangci" run ./...
go run ./internal/typecheck windows/amd64 darwin/arm64 # with the files in C, which vet leaves out for other systems

go mod tidy -diff
go mod verify
go run ./internal/licences -check

govulncheck=$(scripts/tool.sh govulncheck)
code=0
words=$("$govulncheck" -scan module 2>&1) || code=$? # quick, and tells whether the list can be had
if ((code == 1)) && [[ $words == *"fetching vulnerabilities"* ]]; then
  echo "Known vulnerabilities were NOT looked for, since their list cannot be reached: ${words##*: }" >&2
else
  "$govulncheck" ./...
fi

shellcheck scripts/*.sh .ci/run
"$(scripts/tool.sh actionlint)"
