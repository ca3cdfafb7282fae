#!/usr/bin/env bash
# lanes_test.sh IFF: on the environment that is up, what would play alone is played in lanes, each in its own, and tells right
# servers from wrong ones there as it does alone.
set -euo pipefail
iff=$1
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

lanes_in() { { grep -o 'realms/[a-z0-9-]*-lane-[0-9a-f]*' "$1/result.json" || true; } | sort -u | wc -l; }

"$iff" run --lanes --output "$room/right" behind/undeclared isolation/nothing-grows lifetime/key-rotation faults/vault-sealed@jira
# Three scenarios about three servers; who seals Vault plays in none.
lanes=$(lanes_in "$room/right")
[[ $lanes == 9 ]] || { echo "want nine lanes, saw $lanes"; exit 1; }
"$iff" run --output "$room/alone" lifetime/key-rotation@jira
lanes=$(lanes_in "$room/alone")
[[ $lanes == 0 ]] || { echo "nobody asked for lanes, and there were $lanes"; exit 1; }

# mutant, scenario, the check that it fails
while read -r mutant scenario check; do
  code=0
  "$iff" run --lanes --mutant "$mutant" --output "$room/wrong" "$scenario" >"$room/said" 2>&1 || code=$?
  if [[ $code != 1 ]] || ! grep -qF "FAIL  $check" "$room/said"; then
    cat "$room/said"
    echo "$mutant: want $check to fail and exit code 1, got $code"
    exit 1
  fi
done <<'END'
keeps-the-first-keys lifetime/key-rotation@jira token-after-rotation-opens
hoards-connections isolation/nothing-grows@postgres connections-do-not-grow
shows-vault-the-callers-token behind/undeclared@jira undeclared-subject-becomes-nobody
END
