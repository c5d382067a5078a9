#!/bin/sh
# Flags or a configuration file alone mean redis-server, which runs as the user redis and, like the public image's,
# leaves access control to the container's network.
set -eu
case "${1:-redis-server}" in
  -* | *.conf) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ]; then
  case " $* " in *" --protected-mode "*) ;; *) set -- "$@" --protected-mode no ;; esac
  if [ "$(id -u)" -eq 0 ]; then
    chown -R redis: /data
    exec setpriv --reuid redis --regid redis --init-groups "$@"
  fi
fi
exec "$@"
