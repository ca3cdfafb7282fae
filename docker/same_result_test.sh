#!/usr/bin/env bash
# Whoever compares two runs has to see a difference.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

# result VERDICT [EXTRA-CHECK]
result() {
  local check='{"id": "own-is-read", "verdict": "'$1'", "level": "must", "reason": "'$RANDOM'"}'
  printf '{"scenarios": [{"id": "a/b@jira", "took_us": %s, "matrix": [], "steps": [{"checks": [%s%s]}]}]}' \
    "$RANDOM" "$check" "${2:+, $check}"
}

# gives CODE ONE OTHER
gives() {
  local code=0
  "$here/same-result" "$room/$2" "$room/$3" >"$room/said" 2>&1 || code=$?
  [[ $code == "$1" ]] || { echo "$2 and $3: $code instead of $1: $(cat "$room/said")"; exit 1; }
}

result passed >"$room/one"
result passed >"$room/same"
result failed >"$room/worse"
result passed twice >"$room/more"
echo '{"scenarios": []}' >"$room/empty"
gives 0 one same
gives 1 one worse
grep -q "a/b@jira step 1 own-is-read 1: .*passed.*failed" "$room/said"
gives 1 one more
gives 1 more one
gives 1 one empty
gives 2 empty empty
gives 2 one nothing
