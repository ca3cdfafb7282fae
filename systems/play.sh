#!/usr/bin/env bash
# play.sh IFF FOLDER: the scenarios of a small system, and those of the common suites that its file `suites` names, pass.
set -euo pipefail
iff=$1 folder=$2
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mapfile -t selected < <(printf '%s\n' "$folder"/scenarios/*.yaml; cat "$folder/suites")
"$iff" run --fresh --system "$folder/system.yaml" --json "${selected[@]}" >"$out/result.json" || {
  code=$?
  "$iff" run --fresh --system "$folder/system.yaml" "${selected[@]}" || true
  exit "$code"
}
# Each scenario of its own has a check that passed: nothing here is green because it was left out.
for scenario in "$folder"/scenarios/*.yaml; do
  id=$(sed -n 's/^id: //p' "$scenario")
  python3 - "$out/result.json" "$id" <<'PYTHON'
import json, sys
found = []
def walk(value):
    if isinstance(value, dict):
        if str(value.get("id", "")).split("@")[0] == sys.argv[2] and "steps" in value:
            found.append(value)
        for each in value.values(): walk(each)
    elif isinstance(value, list):
        for each in value: walk(each)
walk(json.load(open(sys.argv[1])))
assert found, sys.argv[2] + " was not played"
for scenario in found:
    checks = [check for step in scenario["steps"] for check in step.get("checks", [])]
    assert any(check["verdict"] == "passed" for check in checks), sys.argv[2] + ": no check of it passed"
PYTHON
done
