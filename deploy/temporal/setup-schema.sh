#!/bin/sh
# Creates the engine's two databases and brings their schemas up to date. Safe to run again.
set -eu

tool() {
  temporal-sql-tool --plugin "$DB" --ep "$POSTGRES_SEEDS" -p "${DB_PORT:-5432}" -u "$POSTGRES_USER" --pw "$POSTGRES_PWD" "$@"
}

prepare() {
  tool --db "$1" create
  tool --db "$1" setup-schema -v 0.0
  tool --db "$1" update-schema --schema-name "postgresql/v12/$2"
}

prepare "$DBNAME" temporal
prepare "$VISIBILITY_DBNAME" visibility
