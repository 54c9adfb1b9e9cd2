#!/bin/sh
# Dumps everything that Timekeeper keeps in PostgreSQL into a folder, while all of it goes on:
#
#   PGHOST=… PGUSER=temporal PGPASSWORD=… sh deploy/postgres/backup.sh backups/2026-11-29
#
# pg_dump must not be older than the server. SECRETS_KEY and PAYLOAD_KEYS are not in it: keep them elsewhere.
set -eu

folder=$1
if [ -e "$folder" ]; then
  echo "There is a $folder already: name another folder, or move that one away" >&2
  exit 1
fi
mkdir -p "$folder.unfinished"
# In this order. What the engine lists, and what we know of tenants, may be younger than its timers, but never older:
# an entry that is too much does no harm, one that is missing could not be found any more.
for database in ${DATABASES:-temporal temporal_visibility timekeeper}; do
  pg_dump --format=custom --file="$folder.unfinished/$database.dump" "$database"
done
mv "$folder.unfinished" "$folder"
echo "Backed up to $folder"
