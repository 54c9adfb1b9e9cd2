#!/bin/sh
# Renders the Helm chart and holds what comes out against the schemas of Kubernetes, the oldest that the chart is for and a
# recent one. Helm is on the PATH, or is built from tools/helm with Go, once, into the cache. Needs Python.
set -u
cd "$(dirname "$0")/.." || exit 1
. scripts/python-tools.sh
. scripts/left-out.sh

CHART=deploy/helm/timekeeper

chart_left_out() {
  left_out check-deploy 'the Helm chart was' "$1"
  exit
}

if ! helm=$(command -v helm); then
  pins=$(cat tools/helm/go.mod tools/helm/go.sum | cksum | cut -d ' ' -f 1)
  helm="${XDG_CACHE_HOME:-$HOME/.cache}/timekeeper/helm-$pins/helm"
  if [ ! -x "$helm" ]; then
    command -v go >/dev/null || chart_left_out 'neither helm nor Go to build it with'
    echo 'check-deploy: building Helm with Go, once; this takes some minutes'
    (cd tools/helm && go build -trimpath -ldflags='-s -w' -o "$helm.unfinished" tool) || exit 1
    mv "$helm.unfinished" "$helm"
  fi
fi
python_tools kubernetes-validate==1.37.0 || chart_left_out 'no python3 with venv'

rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT
failed=0
for version in 1.27 1.34; do
  for values in "$CHART/values.yaml" "$CHART"/ci/*.yaml; do
    name="$version-$(basename "$values")"
    echo "check-deploy: helm lint and template with $values, for Kubernetes $version"
    "$helm" lint --quiet --strict "$CHART" --values "$values" --kube-version "$version.0" || failed=1
    "$helm" template timekeeper "$CHART" --values "$values" --kube-version "$version.0" >"$rendered/$name" || failed=1
    kubernetes-validate --kubernetes-version "$version" --strict --quiet "$rendered/$name" || failed=1
  done
done
exit "$failed"
