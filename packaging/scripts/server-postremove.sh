#!/bin/sh
# After the package is gone. Only deb's "purge" takes keys, people and histories with it.
set -e
if [ "$1" = purge ]; then
  rm -rf /var/lib/parley-server /var/lib/private/parley-server
  deluser --system --quiet parley-server 2>/dev/null || userdel parley-server 2>/dev/null || true
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
