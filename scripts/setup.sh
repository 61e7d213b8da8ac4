#!/usr/bin/env bash
# Installs what is missing on a Debian or Ubuntu machine: setup.sh run|lint|demo|test|bench|package
#   run   what it takes to build Parley and to run it on a desktop
#   lint  run, and what looks at scripts and pages
#   demo  run, and a virtual display to show it on
#   test  lint and demo, and a sound server with tools to listen to it
#   bench test, and the browser to compare with
#   package run, and what makes and checks the installers
# Go modules are fetched by the go command.
set -euo pipefail

run=(gcc g++ libc6-dev pkg-config make
  libgl1-mesa-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev libxext-dev libxfixes-dev libwayland-dev libxkbcommon-dev
  libvpx-dev libyuv-dev libva-dev portaudio19-dev libasound2-plugins libwebrtc-audio-processing-dev)
lint=(shellcheck)
demo=(xvfb openbox imagemagick libgl1-mesa-dri x11-utils jq procps)
test=(pulseaudio pulseaudio-utils dbus xdg-utils xdotool weston xwayland sox espeak-ng ffmpeg iproute2 nftables curl)
bench=(chromium)
package=(dpkg-dev librsvg2-bin desktop-file-utils appstream xz-utils libglib2.0-bin systemd)

case "${1:-}" in
  run) want=("${run[@]}") ;;
  lint) want=("${run[@]}" "${lint[@]}") ;;
  demo) want=("${run[@]}" "${demo[@]}") ;;
  test) want=("${run[@]}" "${lint[@]}" "${demo[@]}" "${test[@]}") ;;
  bench) want=("${run[@]}" "${lint[@]}" "${demo[@]}" "${test[@]}" "${bench[@]}") ;;
  package) want=("${run[@]}" "${package[@]}") ;;
  *)
    echo "usage: $0 run|lint|demo|test|bench|package" >&2
    exit 2
    ;;
esac

need=$(sed -n 's/^go //p' "$(dirname "$0")/../go.mod")
if ! command -v go >/dev/null; then
  echo "Parley needs Go $need or newer: see https://go.dev/dl/" >&2
  exit 1
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  if [[ -n "${PARLEY_SKIP_SETUP:-}" ]]; then
    exit 0
  fi
  cat >&2 <<WORDS
This is not Debian or Ubuntu, so please install what Parley needs by the means of your system. By the names of Debian:
  ${want[*]}
Then set PARLEY_SKIP_SETUP=1 and start again.
WORDS
  exit 1
fi

missing=()
for package in "${want[@]}"; do
  if [[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]]; then
    missing+=("$package")
  fi
done
if [[ ${#missing[@]} -eq 0 ]]; then
  exit 0
fi

as_root=()
if [[ $EUID -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "Please install as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing ${missing[*]}"
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@"; }
if ! apt install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null 2>&1; then
  apt update # the lists may be old, or not there yet
  apt install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null
fi
