#!/usr/bin/env bash
# Installs the .debs of dist/ as a person would, starts the app through its desktop entry, calls Echo, upgrades both packages while the app
# runs, and removes them: nothing may be left. It changes this machine, so it asks for root and for packages that are not there yet.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ $EUID -eq 0 ]] || { echo "$0: has to be root, and is meant for a machine that can be thrown away" >&2; exit 1; }
for package in parley parley-server; do
  if dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -q '^installed$'; then
    echo "$package is installed: remove it first" >&2
    exit 1
  fi
done
scripts/setup.sh demo
scripts/setup.sh package
step() { printf '== %s\n' "$*"; }
wait_for() { # SECONDS WHAT COMMAND…
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || { echo "waited in vain for $what" >&2; return 1; }
    sleep 0.2
  done
}
fetch() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null </dev/null; }

version=$(dpkg-deb -f dist/parley_*.deb Version)
work=$(mktemp -d)
display=""
cleanup() {
  code=$?
  if ((code != 0)) && [[ -s $work/server.log ]]; then cat "$work/server.log" >&2; fi
  [[ -z $display ]] || kill "$display" 2>/dev/null || true
  DEBIAN_FRONTEND=noninteractive apt-get purge -y -qq parley parley-server >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

step "what the packages say of themselves"
desktop-file-validate packaging/app.parley.Parley.desktop
appstreamcli validate --no-net packaging/app.parley.Parley.metainfo.xml

step "install $version"
fetch ./dist/parley_*.deb ./dist/parley-server_*.deb
systemd-analyze verify --man=no /usr/lib/systemd/system/parley-server.service
[[ $(parley --version) == "parley $version ("* ]]
if missing=$(ldd /usr/bin/parley | grep 'not found'); then
  echo "the program does not find $missing" >&2
  exit 1
fi

step "the switchboard as its own user"
install -d -o parley-server -g parley-server -m 0700 /var/lib/parley-server # as systemd does
runuser -u parley-server -- env STATE_DIRECTORY=/var/lib/parley-server parley-server --config /etc/parley-server/parley-server.toml \
  --listen 127.0.0.1:4555 --http 127.0.0.1:4580 2>"$work/server.log" &
server=$!
wait_for 20 "the switchboard" bash -c 'exec 3<>/dev/tcp/127.0.0.1/4580 && printf "GET /readyz HTTP/1.0\r\n\r\n" >&3 && grep -q "200 OK" <&3'
pkill -TERM -u parley-server -x parley-server
wait $server

step "start the app through its desktop entry, and call Echo"
exec 3<>"$work/number"
Xvfb -displayfd 3 -screen 0 1280x800x24 -noreset >/dev/null 2>&1 &
display=$!
wait_for 20 "the display" grep -q . "$work/number"
DISPLAY=:$(<"$work/number")
export DISPLAY HOME=$work XDG_CONFIG_HOME=$work/config LANG=C.UTF-8 DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent
export PARLEY_NAME=Ana PARLEY_SERVER=embedded PARLEY_LISTEN=127.0.0.1:0 PARLEY_CAMERA=test PARLEY_MICROPHONE=test PARLEY_SPEAKER=none
gio launch /usr/share/applications/app.parley.Parley.desktop
is() { parley ctl "$1" | jq -e "$2"; }
wait_for 20 "the app" is status '.connection == "online"'
wait_for 5 "its window" bash -c 'xwininfo -root -tree | grep -q app.parley.Parley'
parley ctl invite echo --video >/dev/null
wait_for 20 "a picture of Echo" is stats '[.calls[].tracks[] | select(.direction == "in" and .kind == "camera" and .frames > 10)] | length == 1'

step "upgrade while the call goes on"
for package in parley parley-server; do
  dpkg-deb -R dist/${package}_*.deb "$work/$package"
  sed -i "s/^Version: .*/Version: $version.1/" "$work/$package/DEBIAN/control"
  sed -i '/^$/d' "$work/$package/DEBIAN/conffiles" # nfpm writes an empty line for none
  dpkg-deb -Znone -b "$work/$package" "$work/${package}_next.deb" >/dev/null
done
echo "# mine" >>/etc/parley-server/parley-server.toml
fetch "$work"/parley_next.deb "$work"/parley-server_next.deb
[[ $(dpkg-query -W -f '${Version}' parley) == "$version.1" ]]
grep -q '^# mine' /etc/parley-server/parley-server.toml
is status '.calls[0].state == "live"' >/dev/null
parley ctl quit >/dev/null

step "remove both"
dpkg -L parley parley-server | sort -u >"$work/files"
DEBIAN_FRONTEND=noninteractive apt-get purge -y -qq parley parley-server >/dev/null </dev/null
left=0
while read -r path; do
  if [[ -f $path || -L $path ]] || [[ $path == *parley* && -e $path ]]; then
    echo "left behind: $path" >&2
    left=1
  fi
done <"$work/files"
[[ ! -e /var/lib/parley-server ]] || { echo "left behind: /var/lib/parley-server" >&2; left=1; }
! id parley-server >/dev/null 2>&1 || { echo "left behind: the user parley-server" >&2; left=1; }
((left == 0))
du -k dist/*
