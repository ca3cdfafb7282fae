#!/usr/bin/env bash
# init_up.sh IFF FOLDER: an environment with the components that 'iff init' asks for, from a file that it writes into FOLDER.
set -euo pipefail
: "${IFF_RESIDENT:?or it would be what somebody keeps up}"
"$1" down --quiet  # left by tests that were killed
rm -rf "$2"
mkdir -p "$2"
cp "$(dirname "$0")/python-sdk/server.py" "$2"
cd "$2"
"$1" init --launch '${tools}/examples-python/python server.py' --env 'PYTHONPATH=${tools}/examples-python'
exec "$1" up --idle 5400
