#!/bin/sh
# run_suite.sh REVISION: the official suite's required server scenarios, through the proxy. Fails unless
# the suite is content and each required scenario is among those it says have passed.
set -eu
. "$(dirname "$0")/tools.sh"
suite=$packages/conformance/dist/index.js
need "$suite"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
run() { (cd "$out" && "$node" "$suite" "$@"); }

run list --requirements "$1" >"$out/list"
required=$(sed -n '/^Server scenarios/,/^Client scenarios/s/^  - //p' "$out/list")
[ -n "$required" ] || { echo "conformance: the suite requires nothing for $1" >&2 && exit 1; }

status=0
run server --url "$PROXY_URL" --requirements "$1" -o "$out/results" >"$out/log" 2>&1 || status=$?
cat "$out/log"
for name in $required; do
  grep -q "✓ $name: [1-9]" "$out/log" && continue
  echo "conformance: required for $1 and not passed: $name" >&2
  status=1
done
exit "$status"
