#!/usr/bin/env bash
# Builds and starts Parley; without a desktop session it shows a call on a virtual display instead.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]]; then
  exec scripts/demo.sh
fi
scripts/build.sh
exec build/parley "$@"
