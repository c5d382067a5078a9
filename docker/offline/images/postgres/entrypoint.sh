#!/bin/bash
# Makes the database on the first start, from POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB (each also as NAME_FILE),
# POSTGRES_HOST_AUTH_METHOD and POSTGRES_INITDB_ARGS, runs /docker-entrypoint-initdb.d once, then runs the server.
set -euo pipefail

case "${1:-}" in
  -*) set -- postgres "$@" ;;
  postgres) ;;
  *) exec "$@" ;;
esac

if [ "$(id -u)" -eq 0 ]; then
  mkdir -p "$PGDATA" /run/postgresql
  chown -R postgres: "$PGDATA" /run/postgresql
  exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi

setting() { # NAME DEFAULT: the variable, or the content of the file that NAME_FILE names
  local file_variable=$1_FILE
  if [ -n "${!file_variable:-}" ]; then cat "${!file_variable}"; else printf '%s' "${!1:-$2}"; fi
}

if [ ! -e "$PGDATA/PG_VERSION" ]; then
  owner=$(setting POSTGRES_USER postgres)
  password=$(setting POSTGRES_PASSWORD '')
  database=$(setting POSTGRES_DB "$owner")
  access=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
  if [ -z "$password" ] && [ "$access" != trust ]; then
    echo 'Set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust for a database without one.' >&2
    exit 1
  fi
  chmod 0700 "$PGDATA"
  # shellcheck disable=SC2086  # several arguments in one variable
  initdb --username "$owner" --auth-local trust --auth-host "$access" \
    --pwfile <(printf '%s\n' "${password:-unused}") ${POSTGRES_INITDB_ARGS:-}
  echo "host all all all $access" >> "$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
  # On the socket alone while it is being filled: nobody may find it half made.
  pg_ctl --wait -o "-c listen_addresses=''" start
  export PGUSER=$owner
  [ "$database" = postgres ] || createdb --maintenance-db postgres -- "$database"
  export PGDATABASE=$database
  for script in /docker-entrypoint-initdb.d/*; do
    case "$script" in
      *.sql) psql -X -v ON_ERROR_STOP=1 -f "$script" ;;
      *.sql.gz) zcat "$script" | psql -X -v ON_ERROR_STOP=1 ;;
      *.sh) bash "$script" ;;
    esac
  done
  unset PGUSER PGDATABASE
  pg_ctl --wait --mode fast stop
fi
exec "$@"
