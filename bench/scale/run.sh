#!/usr/bin/env bash
# Is what a run costs linear in the people, and in the cells of the matrix? Makes 10 to 1,000 people, each of whom logs in, reads
# what is theirs and is judged at both ends, each number in an environment of its own; then asks the whole authorization
# matrix of fewer. Prints wall time, the harness's own processor time and peak memory with the fitted lines; --svg draws them.
#
#   bench/scale/run.sh [--sizes N,N,...] [--cells N,N,...] [--svg FILE]
#
# Needs ./iff test once, or IFF_BIN: a folder of programs compiled already. Exit codes: 0 measured and linear,
# 1 the processor time grows faster than the people or the cells, 2 something could not be measured, 64 bad usage.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
IFF_ROOT=$(readlink -f "$here/../..")
IFF_BIN=${IFF_BIN:-$IFF_ROOT/build/release/bin}
sizes=10,30,100,300,1000 cells=8,16,32,64 svg=
usage() {
  echo "usage: bench/scale/run.sh [--sizes N,N,...] [--cells N,N,...] [--svg FILE]  (at least two numbers, ascending, 2 to 1000)" >&2
  exit 64
}
# ascending NUMBERS: two at least, each in range and above the one before.
ascending() {
  [[ $1 =~ ^[1-9][0-9]{0,3}(,[1-9][0-9]{0,3})+$ ]] || return
  local one before=1
  for one in ${1//,/ }; do
    ((one > before && one <= 1000)) || return
    before=$one
  done
}
while (($#)); do
  [[ $1 == --sizes || $1 == --cells || $1 == --svg ]] && [[ ${2:-} ]] || usage
  printf -v "${1#--}" %s "$2"
  shift 2
done
ascending "$sizes" && ascending "$cells" || usage
[[ ! $svg || -d $(dirname "$svg") ]] || { echo "run.sh: no folder for $svg" >&2; exit 64; }
for needed in iff iff-mutant; do
  [[ -x $IFF_BIN/$needed ]] || { echo "run.sh: no $IFF_BIN/$needed: ./iff test makes it, or IFF_BIN names another folder" >&2; exit 2; }
done

# Environments of their own: not the one that may be up for somebody's work.
export IFF_ROOT IFF_BIN IFF_RESIDENT=scale-$$
[[ ! $svg ]] || svg=$(realpath "$svg")
work=$(mktemp -d)
trap '"$IFF_BIN/iff" down >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
cd "$IFF_ROOT"
PYTHONDONTWRITEBYTECODE=1 python3 "$here/scale.py" "$work" "$sizes" "$cells" "$svg"
