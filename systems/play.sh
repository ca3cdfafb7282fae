#!/usr/bin/env bash
# play.sh IFF FOLDER: the scenarios of a small system, and those of the common suites that its file `suites` names, pass. Of its
# own scenarios, exactly those checks fail on each mutant that its file `mutants` names beside it, where there is one.
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
[[ -e $folder/mutants ]] || exit 0
# A check that no mutant trips proves nothing.
while read -r check; do
  grep -qwe "$check" "$folder/mutants" || { echo "check $check: no mutant in $folder/mutants makes it fail" >&2; exit 1; }
done < <(grep -ohP 'check: \K[a-z0-9-]+' "$folder"/scenarios/*.yaml)
while read -r mutant checks; do
  "$iff" run --fresh --system "$folder/system.yaml" --mutant "$mutant" --json "$folder"/scenarios/*.yaml >"$out/mutant.json" </dev/null &&
    { echo "mutant $mutant: no check failed" >&2; exit 1; }
  python3 - "$out/mutant.json" "$mutant" "$checks" <<'PYTHON'
import json, sys
failed, errored = set(), set()
def walk(value):
    if isinstance(value, dict):
        if "verdict" in value and "level" in value and "id" in value:
            if value["verdict"] == "failed": failed.add(value["id"])
            if value["verdict"] == "errored": errored.add(value["id"])
        for each in value.values(): walk(each)
    elif isinstance(value, list):
        for each in value: walk(each)
walk(json.load(open(sys.argv[1])))
wanted = set(sys.argv[3].split())
assert failed == wanted and not errored, f"mutant {sys.argv[2]}: want {sorted(wanted)} to fail, saw {sorted(failed)} fail and {sorted(errored)} errored"
PYTHON
done <"$folder/mutants"
