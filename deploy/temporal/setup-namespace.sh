#!/bin/sh
# Creates the namespace and registers the search attributes, once the engine answers. Safe to run again.
set -eu

namespace="${TEMPORAL_NAMESPACE:-default}"

# The engine takes a while to come up, and some seconds more until every part of it knows a new namespace.
eventually() {
  tries=60
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      "$@"
      return 1
    fi
    sleep 1
  done
}

eventually temporal operator cluster health
temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1 ||
  eventually temporal operator namespace create --namespace "$namespace" --retention "${RETENTION_DAYS:-30}d"

eventually temporal operator namespace update --namespace "$namespace" --retention "${RETENTION_DAYS:-30}d"

# Adding one that is there already changes nothing.
eventually temporal operator search-attribute create --namespace "$namespace" \
  --name TimekeeperTenant --type Keyword \
  --name TimekeeperTimerStatuses --type KeywordList \
  --name TimekeeperPending --type KeywordList \
  --name TimekeeperDueFrom --type Datetime \
  --name TimekeeperDueUntil --type Datetime \
  --name TimekeeperChangedAt --type Datetime \
  --name TimekeeperJobStatus --type Keyword \
  --name TimekeeperJobType --type Keyword \
  --name TimekeeperJobParent --type Keyword
