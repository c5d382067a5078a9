#!/bin/sh
# Flags alone mean haproxy, which runs in the foreground with a master process (-W -db).
set -eu
case "${1:-}" in
  -*) exec haproxy -W -db "$@" ;;
  haproxy) shift; exec haproxy -W -db "$@" ;;
  *) exec "$@" ;;
esac
