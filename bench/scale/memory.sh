#!/usr/bin/env bash
# Is the harness's memory bounded, however many checks it makes? Plays 1,000 to 100,000 checks, a hundred a round, in rounds of
# `iff stress`, and a thousand a scenario in one run, in an environment of its own, and prints the harness's peak memory.
#
#   bench/scale/memory.sh [--checks N,N,...]
#
# Needs ./iff test once, or IFF_BIN: a folder of programs compiled already. Exit codes: 0 measured, and the rounds are
# bounded, 1 they are not, 2 something could not be measured, 64 bad usage.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
IFF_ROOT=$(readlink -f "$here/../..")
IFF_BIN=${IFF_BIN:-$IFF_ROOT/build/release/bin}
checks=1000,10000,100000
usage() {
  echo "usage: bench/scale/memory.sh [--checks N,N,...]  (at least two numbers of whole thousands, ascending, up to 1000000)" >&2
  exit 64
}
# ascending NUMBERS: two at least, each in range and above the one before.
ascending() {
  [[ $1 =~ ^[1-9][0-9]{0,3}000(,[1-9][0-9]{0,3}000)+$ ]] || return
  local one before=0
  for one in ${1//,/ }; do
    ((one > before && one <= 1000000)) || return
    before=$one
  done
}
while (($#)); do
  [[ $1 == --checks && ${2:-} ]] || usage
  checks=$2
  shift 2
done
ascending "$checks" || usage
for needed in iff iff-mutant; do
  [[ -x $IFF_BIN/$needed ]] || { echo "memory.sh: no $IFF_BIN/$needed: ./iff test makes it, or IFF_BIN names another folder" >&2; exit 2; }
done

# An environment of its own: not the one that may be up for somebody's work.
export IFF_ROOT IFF_BIN IFF_RESIDENT=memory-$$
work=$(mktemp -d)
trap '"$IFF_BIN/iff" down >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
cd "$IFF_ROOT"
PYTHONDONTWRITEBYTECODE=1 python3 "$here/memory.py" "$work" "$checks"
