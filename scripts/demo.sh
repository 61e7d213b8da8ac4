#!/usr/bin/env bash
# Shows Parley where there is no desktop: the real app on a virtual display, with a test picture and a test tone, calls the echo
# contact of its own switchboard. It leaves a picture of the screen in out/parley.png, prints the figures of the call, and
# succeeds only if pictures and sound really went there and back.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh demo
scripts/build.sh

work=$(mktemp -d)
started=()
app=
ctl() { build/parley ctl --profile "$work/profile" "$@"; }

finish() {
  local code=$?
  trap - EXIT
  if [[ $code -ne 0 && -s "$work/profile/parley.log" ]]; then
    echo "The end of the log:" >&2
    tail -n 20 "$work/profile/parley.log" >&2
  fi
  for pid in $app "${started[@]}"; do
    kill "$pid" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  rm -rf "$work"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

# within SECONDS WHAT COMMAND… tries the command until it succeeds.
within() {
  local seconds=$1 what=$2 end=$((SECONDS + $1))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= end)); then
      echo "Not within $seconds s: $what" >&2
      return 1
    fi
    if [[ -n $app ]] && ! kill -0 "$app" 2>/dev/null; then
      echo "Parley ended while waiting: $what" >&2
      return 1
    fi
    sleep 0.2
  done
}

Xvfb -displayfd 3 -screen 0 1280x800x24 +extension GLX +render -noreset -nolisten tcp 3>"$work/display" >"$work/xvfb.log" 2>&1 &
started+=($!)
within 15 "a virtual display" test -s "$work/display"
DISPLAY=:$(<"$work/display")
export DISPLAY
unset WAYLAND_DISPLAY
# No session bus: a tray and notifications are nothing for a screen that nobody looks at.
export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent XDG_CONFIG_HOME=$work/config LANG=en_US.UTF-8 FYNE_SCALE=1
openbox >"$work/openbox.log" 2>&1 &
started+=($!)

build/parley --profile "$work/profile" --server embedded --listen 127.0.0.1:0 --name Guest \
  --camera test --microphone test --speaker none --size 1180x720 &
app=$!
# shellcheck disable=SC2317 # called by within
ready() { ctl status | jq -e '.connection == "online" and any(.people[]; .id == "echo" and .presence != "offline")'; }
within 60 "Parley is online and Echo is there" ready
echo "Online. Calling the echo contact with picture."

ctl invite echo --video >"$work/answer" || { cat "$work/answer" >&2; exit 1; }
# shellcheck disable=SC2317 # called by within
live() {
  ctl status | jq -e '.calls[0] | .state == "live" and .camera and (.members[0].picture)' &&
    ctl stats | jq -e '.calls[0].tracks |
      any(.[]; .kind == "camera" and .direction == "in" and .frames > 30 and .fps_shown > 0) and
      any(.[]; .kind == "voice" and .direction == "in" and .frames > 50)'
}
within 30 "the call is live, pictures and sound come back" live

mkdir -p out
import -window root out/parley.png # before the bars hide
sleep 3 # for figures of more than the first second
live >/dev/null || { echo "The call did not stay live." >&2; exit 1; }
echo "Live. The screen is in out/parley.png. The call's figures:"
ctl stats | jq -r '
  def r: . * 10 | round / 10;
  (.calls[0] | "  round trip \(.round_trip_ms | r) ms, path \(.path)",
    (.tracks[] | select(.kbps > 0) |
      "  \(.kind) \(.direction): \(.codec) \(if .width > 0 then "\(.width)x\(.height), \(.fps_coded | r) coded/s, \(.fps_shown | r) shown/s, " else "" end)" +
      "\(.kbps | r) kbit/s, \(.lost) lost, jitter \(.jitter_ms | r) ms, \(.codec_ms | r) ms a frame")),
  (.process | "  process: \(.cpu_percent) % of a core, \(.rss_mb) MB, \(.goroutines) goroutines, \(.handles) handles")'

ctl hangup >/dev/null
# shellcheck disable=SC2317 # called by within
over() { ctl status | jq -e '.calls[0].state == "ended"'; }
within 10 "the call is over" over
ctl quit >/dev/null
code=0
wait "$app" || code=$?
app=
if [[ $code -ne 0 ]]; then
  echo "Parley ended with exit code $code." >&2
  exit 1
fi
echo "Hung up and quit."
