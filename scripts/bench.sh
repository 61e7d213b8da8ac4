#!/usr/bin/env bash
# Runs the benchmarks that match BENCH (all), one package after the other so that they do not disturb each other, and then, without
# BENCH, compares whole calls with those of Chromium: docs/benchmarks.md, docs/benchmarks.json and the figures in README.md.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh bench
mapfile -t packages < <(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -r -n1 dirname | sort -u)
if [[ ${#packages[@]} -gt 0 && ${BENCH:-} != calls ]]; then
  go test -p 1 -run '^$' -bench "${BENCH:-.}" -benchmem "${packages[@]}"
fi
if [[ -n ${BENCH:-} && $BENCH != calls ]]; then
  exit
fi

# The product as a person meets it: whole processes on a virtual display.
scripts/build.sh
failed=0
go test -tags e2e -count=1 -timeout 45m -v -run '^TestBench$' ./e2e -report "$PWD/docs" -rounds "${ROUNDS:-5}" || failed=$?
# The README shows the table.
awk 'FNR == NR { if (/^## /) nextfile; if (FNR > 2) figures = figures $0 "\n"; next }
  /^<!-- end of figures/ { inside = 0 }
  !inside { print }
  /^<!-- figures:/ { inside = 1; printf "%s", figures }' docs/benchmarks.md README.md >README.new
mv README.new README.md
exit "$failed"
