#!/usr/bin/env bash
# fuzz_test.sh IFF: nothing is found in a good server; what is broken in others is, and its scenario shows it again. Same
# seeds, same cases, so the same is found each time.
set -euo pipefail
iff=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "fuzz_test: $1" >&2; exit 1; }

# exits WANTED ARGUMENT...: the output of iff goes to $work/out.
exits() {
  local wanted=$1 code=0
  shift
  "$iff" "$@" >"$work/out" 2>&1 || code=$?
  [[ $code == "$wanted" ]] || { cat "$work/out" >&2; fail "iff $* ended with $code, not $wanted"; }
}

exits 0 fuzz --target jira --seed 7 --count 200 --output "$work/good"
grep -q 'nothing found' "$work/out" || fail 'the good server: no word on what was found'
[[ ! -e $work/good/fuzz ]] || fail 'the good server: something was written'

for mutant in accepts-expired accepts-any-audience; do
  exits 1 fuzz --target jira --mutant "$mutant" --seed 7 --count 200 --output "$work/$mutant"
  grep -q '^FOUND  jira' "$work/out" || fail "$mutant: nothing was found"
  file=$(find "$work/$mutant/fuzz" -name '*.yaml' | sort | head -n 1)
  exits 1 run --mutant "$mutant" --quiet --output "$work/again" "$file"
  exits 0 run --quiet --output "$work/well" "$file"
done

# What cannot be: told before anything is sent.
exits 64 fuzz --target jria
grep -q "did you mean 'jira'" "$work/out" || fail 'a misspelt target: no hint'
