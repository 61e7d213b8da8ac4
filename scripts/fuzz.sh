#!/usr/bin/env bash
# Fuzzes each target for FUZZTIME: a number of inputs (10000x) or a time (30s), of which Go now and then takes the end for a failure.
# New inputs that fail are left in the testdata of their package.
set -euo pipefail
cd "$(dirname "$0")/.."

grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*(' . | sort | while IFS=: read -r file match; do
  name=${match#func }
  name=${name%(}
  package=$(dirname "$file")
  echo "$package $name"
  go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-10000x}" -fuzzminimizetime 10x "$package" </dev/null
done
