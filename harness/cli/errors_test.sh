#!/usr/bin/env bash
# errors_test.sh IFF: what a command complains of stands in standard error, and nothing in what programs read.
set -euo pipefail
iff=$1
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
# complains CODE WORDS ARGUMENT...
complains() {
  local wanted=$1 words=$2 code=0
  shift 2
  timeout 60 "$iff" "$@" >"$room/out" 2>"$room/err" </dev/null || code=$?
  [[ $code == "$wanted" && ! -s $room/out ]] && grep -q "^iff: .*$words" "$room/err" && return
  echo "iff $*: ended with $code, not $wanted, or its error is not where errors are"
  head -n 20 "$room/out" "$room/err"
  exit 1
}
complains 64 "is up already" up
complains 64 "no run is called" judge "$room/nowhere"
complains 64 "nowhere" merge "$room/nowhere" --output "$room/whole"
complains 64 "has played" history nobody/nothing
complains 64 "nowhere" replay "$room/nowhere"
complains 64 "no mutant called" mutants no-such-mutant
complains 64 "nothing to measure" bench nothing-there-is
complains 64 "no scenario is about" stress --target nobody
