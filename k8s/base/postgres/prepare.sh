#!/usr/bin/env bash
# Before each start of the server: makes its data folder once, and roles, databases and passwords as the secret has
# them. Run by an init container instead of the image's own entrypoint, which gives up for good on a data folder whose
# making was interrupted, and which wants to begin as root.
set -euo pipefail

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # Made beside its place and moved there whole: a pod that dies midway leaves nothing that looks finished.
  rm -rf "$PGDATA.new"
  initdb --pgdata "$PGDATA.new" --username postgres --auth-local peer --auth-host reject \
    --encoding UTF8 --locale-provider builtin --locale C.UTF-8 --data-checksums
  mv "$PGDATA.new" "$PGDATA"
fi
# A volume that changes hands is made writable by its group, and the server refuses to start in such a folder.
chmod 0700 "$PGDATA"

# Nobody from outside yet: the pods that wait for the database find it once its roles are there.
pg_ctl --pgdata "$PGDATA" --wait --timeout 3600 \
  --options "-c listen_addresses='' -c unix_socket_directories=/var/run/postgresql" start
psql --host /var/run/postgresql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username postgres --dbname postgres --file /etc/argus/roles.sql
pg_ctl --pgdata "$PGDATA" --wait --mode fast stop
