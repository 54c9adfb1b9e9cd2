#!/bin/sh
# Brings a backup of backup.sh into a PostgreSQL that has none of these databases yet:
#
#   PGHOST=… PGUSER=temporal PGPASSWORD=… sh deploy/postgres/restore.sh backups/2026-11-29
#
# Engine, server and workers must not be running on it; start them afterwards. The user must be allowed to make databases.
set -eu

folder=$1
for dump in "$folder"/*.dump; do
  database=$(basename "$dump" .dump)
  createdb --template=template0 "$database"
  pg_restore --exit-on-error --no-owner --dbname="$database" "$dump"
done
echo "Restored $folder"
