#!/bin/sh
# Creates the engine's two databases and brings their schemas up to date. Safe to run again.
set -eu

tool() {
  # The password by the environment: a command line is for all to see.
  SQL_PASSWORD="$POSTGRES_PWD" temporal-sql-tool \
    --plugin "$DB" --ep "$POSTGRES_SEEDS" -p "${DB_PORT:-5432}" -u "$POSTGRES_USER" "$@"
}

prepare() {
  tool --db "$1" create
  tool --db "$1" setup-schema -v 0.0
  tool --db "$1" update-schema --schema-name "postgresql/v12/$2"
}

prepare "$DBNAME" temporal
prepare "$VISIBILITY_DBNAME" visibility
