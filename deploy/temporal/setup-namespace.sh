#!/bin/sh
# Creates the namespace and registers the search attributes, once the engine answers. Safe to run again.
set -eu

namespace="${TEMPORAL_NAMESPACE:-default}"
tries=60
until temporal operator cluster health >/dev/null 2>&1; do
  tries=$((tries - 1))
  if [ "$tries" -eq 0 ]; then
    echo "the engine at ${TEMPORAL_ADDRESS} does not answer" >&2
    exit 1
  fi
  sleep 1
done

temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$namespace" --retention "${RETENTION_DAYS:-30}d"

# Adding one that is there already changes nothing.
temporal operator search-attribute create --namespace "$namespace" \
  --name TimekeeperTenant --type Keyword \
  --name TimekeeperTimerStatuses --type KeywordList \
  --name TimekeeperDueFrom --type Datetime \
  --name TimekeeperDueUntil --type Datetime
