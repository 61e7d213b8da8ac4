#!/usr/bin/env bash
# Everything that has to hold before a change goes in: formatting, vet, what must build without C, all tests with the race
# detector, a short fuzz of each decoder, and the real app end to end. It needs no display and no terminal.
set -euo pipefail
cd "$(dirname "$0")/.."

unset DISPLAY WAYLAND_DISPLAY
export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent # never start a session bus by accident
step() { printf '\n== %s\n' "$*"; }

step "packages"
scripts/setup.sh test

step "what a reader would complain of"
scripts/lint.sh

step "what must build without C"
CGO_ENABLED=0 go build ./engine/signal ./engine/link ./server/... ./cmd/parley-server

step "tests with the race detector"
mapfile -t packages < <(go list ./... | grep -v '/e2e\(/\|$\)')
pictures='^Test(LooksOfTheBars|IncomingCallLooks|MiniLooks|CallsLook)$' # only draw, for minutes with the detector, and race with nothing
go test -race -timeout 25m -skip "$pictures" "${packages[@]}"

step "the looks of the windows"
go test -run "$pictures" ./ui

step "a hundred calls leave nothing behind" # with the race detector memory is not counted
go test -count=1 -run '^TestNothingLeaks$' ./engine

step "fuzzing"
FUZZTIME=${FUZZTIME:-10000x} scripts/fuzz.sh

step "the app"
scripts/build.sh
if [[ -d e2e ]]; then
  go test -tags e2e -count=1 -timeout 30m ./e2e/...
fi

step "the switchboard again, byte for byte"
scripts/reproducible.sh

step "packages that can be installed"
if [[ -n ${CI:-} && $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
  scripts/package.sh
  scripts/package-test.sh
else
  echo "Left out: installing them changes the machine. make package package-test does it, as root."
fi
