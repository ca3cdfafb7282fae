#!/usr/bin/env bash
# Of the tier `mutant`:
#   mutants_test.sh table IFF FOLDER      what the run that ends asked for, held against what became of it
#   mutants_test.sh tests CTEST BUILD     every mutant is a test of the tier, once
set -euo pipefail

case $1 in
  table)
    mkdir -p "$3"
    "$2" mutants --from "$3" --asked | tee "$3/.table"
    mv "$3/.table" "$3/table.md"
    ;;
  tests)
    registered=$("$2" --test-dir "$3" -N -L '^mutant$' | sed -nE 's/^ *Test +#[0-9]+: mutants\.([a-z0-9_]+).*/\1/p' |
      grep -vxE 'begin|table' | sort)
    there=$(cd "$IFF_ROOT/servers/mutants" && for readme in */README.md; do dirname "$readme"; done | tr - _ | sort)
    [[ -n $there ]]
    diff <(echo "$there") <(echo "$registered") || { echo "left: mutants there are; right: those that are tests" >&2; exit 1; }
    ;;
esac
