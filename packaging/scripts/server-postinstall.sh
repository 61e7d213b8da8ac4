#!/bin/sh
# After the package is installed or upgraded: deb calls this with "configure" and the old version, rpm with how many are installed.
set -e
[ -d /run/systemd/system ] || systemd=no
systemd-sysusers parley-server.conf 2>/dev/null || adduser --system --group --home /var/lib/parley-server --no-create-home parley-server
if [ "${systemd:-yes}" = yes ]; then
  systemctl daemon-reload
  if [ "$1" = configure ] && [ -n "$2" ] || [ "$1" = 2 ]; then
    systemctl try-restart parley-server.service
  else
    systemctl preset parley-server.service
    if systemctl is-enabled --quiet parley-server.service; then
      systemctl start parley-server.service || echo "parley-server does not start: see journalctl -u parley-server" >&2
    fi
  fi
fi
