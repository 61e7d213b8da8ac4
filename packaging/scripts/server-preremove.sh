#!/bin/sh
# Before the package goes, but not before an upgrade: deb calls this with "remove", rpm with how many will be left.
set -e
if [ "$1" = remove ] || [ "$1" = 0 ]; then
  if [ -d /run/systemd/system ]; then
    systemctl disable --now parley-server.service
  fi
fi
