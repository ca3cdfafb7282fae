#!/usr/bin/env bash
# Of the tier `mutant`:
#   mutants_test.sh table IFF FOLDER      what the run that ends asked for, held against what became of it
#   mutants_test.sh tests CTEST BUILD SCENARIO_TESTS IFF_MUTANT      every mutant is in a test of the tier, once
set -euo pipefail

case $1 in
  table)
    mkdir -p "$3"
    "$2" mutants --from "$3" --asked | tee "$3/.table"
    mv "$3/.table" "$3/table.md"
    ;;
  tests)
    # What each test of the tier runs, by its own command; shards of one list it whole, and have to be all there.
    registered=$("$2" --test-dir "$3" -N --show-only=json-v1 -L '^mutant$' | python3 -c '
import json, os, subprocess, sys
shards = {}
for test in json.load(sys.stdin)["tests"]:
    command = test.get("command", [])
    if not command or os.path.basename(command[0]) != os.path.basename(sys.argv[1]): continue
    environment = {}
    for each in test["properties"]:
        if each["name"] == "ENVIRONMENT": environment.update(word.split("=", 1) for word in each["value"])
    there = shards.setdefault((tuple(command), environment["GTEST_TOTAL_SHARDS"], environment["IFF_ROOT"]), [])
    there.append(int(environment["GTEST_SHARD_INDEX"]))
for (command, total, root), there in shards.items():
    if sorted(there) != list(range(int(total))): sys.exit(f"{command}: {total} shards, and there are {sorted(there)}")
    environment = {**os.environ, "IFF_ROOT": root}
    listed = subprocess.run([*command, "--gtest_list_tests"], env=environment, stdout=subprocess.PIPE, check=True, text=True)
    print("".join(line.strip() + "\n" for line in listed.stdout.splitlines() if line.startswith(" ")), end="")
' "$4" | sort)
    there=$("$5" --list | python3 -c 'import json, sys; print("\n".join(each["name"].replace("-", "_") for each in json.load(sys.stdin)))' | sort)
    [[ -n $there ]]
    diff <(echo "$there") <(echo "$registered") || { echo "left: mutants there are; right: those that are in tests" >&2; exit 1; }
    ;;
esac
