#!/bin/sh
# Has a stranger judge the API: Schemathesis makes up requests out of the OpenAPI document of a server, and holds every
# answer against it. Needs Python. What is given goes to Schemathesis, such as `--max-examples 200 --seed 2`.
set -u
cd "$(dirname "$0")/.." || exit 1
. scripts/python-tools.sh
. scripts/left-out.sh

if python_tools schemathesis==4.32.5; then
  exec node dist/test/support/check-api.js "$@"
else
  left_out check-api 'the API was' 'no python3 with venv'
fi
