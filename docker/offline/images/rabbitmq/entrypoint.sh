#!/bin/bash
# RABBITMQ_DEFAULT_USER, _PASS and _VHOST (each also as NAME_FILE) and RABBITMQ_ERLANG_COOKIE, then the server as the
# user rabbitmq.
set -euo pipefail
if [ "$(id -u)" -eq 0 ] && [[ "${1:-}" == rabbitmq* ]]; then
  chown -R rabbitmq: /var/lib/rabbitmq
  exec setpriv --reuid rabbitmq --regid rabbitmq --init-groups "$0" "$@"
fi
if [ "${1:-}" = rabbitmq-server ]; then
  {
    for option in user pass vhost; do
      variable=RABBITMQ_DEFAULT_${option^^}
      file_variable=${variable}_FILE
      value=${!variable:-}
      if [ -n "${!file_variable:-}" ]; then value=$(< "${!file_variable}"); fi
      if [ -n "$value" ]; then printf 'default_%s = %s\n' "$option" "$value"; fi
    done
  } > /etc/rabbitmq/conf.d/20-variables.conf
  if [ -n "${RABBITMQ_ERLANG_COOKIE:-}" ]; then
    (umask 077; printf '%s' "$RABBITMQ_ERLANG_COOKIE" > /var/lib/rabbitmq/.erlang.cookie)
  fi
  shift
  # The script of the package's library folder; the one in /usr/sbin insists on being root.
  exec /usr/lib/rabbitmq/bin/rabbitmq-server "$@"
fi
exec "$@"
