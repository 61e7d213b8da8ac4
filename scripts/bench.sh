#!/usr/bin/env bash
# Runs the benchmarks that match BENCH (all), one package after the other so that they do not disturb each other.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh test
mapfile -t packages < <(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -r -n1 dirname | sort -u)
if [[ ${#packages[@]} -gt 0 ]]; then
  go test -p 1 -run '^$' -bench "${BENCH:-.}" -benchmem "${packages[@]}"
fi
# The product as a person meets it: whole processes on a virtual display.
if [[ -d e2e && -z "${BENCH:-}" ]]; then
  scripts/build.sh
  mkdir -p docs
  go test -tags e2e -count=1 -timeout 30m -run '^TestReport$' ./e2e -report "$PWD/docs/benchmarks.md"
  # The README shows them.
  awk 'FNR == NR { if (FNR > 2) figures = figures $0 "\n"; next }
    /^<!-- end of figures/ { inside = 0 }
    !inside { print }
    /^<!-- figures:/ { inside = 1; printf "%s", figures }' docs/benchmarks.md README.md >README.new
  mv README.new README.md
fi
