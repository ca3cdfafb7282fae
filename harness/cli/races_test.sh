#!/usr/bin/env bash
# races_test.sh IFF: of three servers in which requests get into each other's way, non-interference says so within 200
# interleavings; from the seed it names it says so again, soon, for who is first is not up to us; and the short interleaving it
# writes down fails against that server and passes against the one as it should be.
set -euo pipefail
iff=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "races_test: $1" >&2; exit 1; }

# plays WANTED ARGUMENT...: one run, which has to end with WANTED.
plays() {
  local wanted=$1 code=0
  shift
  "$iff" run "$@" >"$work/said" 2>&1 || code=$?
  [[ $code == "$wanted" ]] || { cat "$work/said" >&2; fail "iff run $* ended with $code, not $wanted"; }
}

# finds FILE: the one finding there is in FILE is that histories differ.
finds() {
  grep -q 'histories-are-as-alone' "$1" || { cat "$1" >&2; fail "something else was found"; }
}

races=(shared-connections=postgres current-user-is-global=jira token-file-of-the-last-writer=github)
for race in "${races[@]}"; do
  mutant=${race%=*} target=${race#*=} out=$work/${race%=*}
  cat >"$work/$mutant.yaml" <<END
id: noninterference/$mutant
title: What a person sees does not depend on who else is there
target: $target
given:
  principals: [{name: carol, count: 3}]
  relaxed: {rate_limit: "100000/1"}
steps:
  - probe: interleavings
    arguments: {operation: read_own, seed: 1, rounds: 200, length: 8, seconds: 120}
    expect:
      - {check: histories-are-as-alone, level: must, probe: histories-are-as-alone}
END
  plays 1 --mutant "$mutant" --output "$out" "$work/$mutant.yaml"
  finds "$work/said"
  found=$(find "$out" -name 'interleaving-*.yaml')
  [[ -f $found ]] || fail "$mutant: not one file of what was found"
  seed=${found##*/interleaving-}
  seed=${seed%.yaml}
  within=$(grep -o 'in interleaving [0-9]*' "$work/said" | head -n 1) || fail "$mutant: the seed is not told"
  grep -q "seed $seed," "$work/said" || { cat "$work/said" >&2; fail "$mutant: another seed is told than $seed"; }
  echo "$mutant: $within, seed $seed"
  sed -i 's/rounds: 200/rounds: 25/' "$work/$mutant.yaml"
  plays 1 --mutant "$mutant" --seed "$seed" --output "$out-again" "$work/$mutant.yaml"
  finds "$work/said"
  again=$(grep -o 'in interleaving [0-9]*, seed [0-9]*' "$work/said" | head -n 1)
  [[ ${again##* } == $((seed + $(cut -d' ' -f3 <<<"${again%,*}") - 1)) ]] || fail "$mutant: --seed $seed did not draw from there: $again"
  plays 1 --mutant "$mutant" --output "$out-short" "$found"
  plays 0 --output "$out-well" "$found"
done
