#!/usr/bin/env bash
# false_alarms.sh [--rounds N] [--take N] [--seed N] [--system-only | --examples-only]: servers as they should be, in
# rounds of N scenarios drawn by lot, in another order, so many side by side, each time: N rounds of the shipped servers,
# then as many of the clean targets of the examples, which share them. Whatever fails or cannot be judged is a false
# alarm, or a fault nobody planted; it is told with the seed that plays its round again.
#
# The examples want what ./iff test -L example fetches for them. Exit codes: 0 none, 1 or 2 as 'iff stress', 64 bad usage.
set -euo pipefail
export LC_ALL=C.UTF-8
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
iff=${IFF:-$root/iff}
rounds=1000 take=5 seed=$((RANDOM * 32768 + RANDOM + 1)) system=yes examples=yes
usage() {
  echo "usage: false_alarms.sh [--rounds N] [--take N] [--seed N] [--system-only | --examples-only]" >&2
  exit 64
}
while (($#)); do
  case $1 in
    --rounds | --take | --seed)
      [[ ${2:-} =~ ^[1-9][0-9]{0,8}$ ]] || usage
      printf -v "${1#--}" %s "$2"
      shift 2 ;;
    --system-only) examples= && shift ;;
    --examples-only) system= && shift ;;
    *) usage ;;
  esac
done
export IFF_ROOT=$root IFF_RESIDENT=false-alarms-$$
worst=0
# rounds_of NAME FOLDER ROUNDS WHAT...: on an environment of its own, which a quarter of an hour without a command ends too.
rounds_of() {
  local name=$1 rounds=$3 code=0
  cd "$2"
  shift 3
  "$iff" up --idle 900 >/dev/null || code=$?
  if ((code == 0)); then
    echo "$name: $rounds rounds of $take"
    "$iff" stress "$@" --rounds "$rounds" --take "$take" --seed "$seed" || code=$?
  fi
  "$iff" down >/dev/null || true
  # A proven failure outranks what could not be judged.
  if ((code == 1 || worst == 0)); then worst=$code; fi
}

if [[ $system ]]; then rounds_of "shipped servers" "$root" "$rounds"; fi
if [[ $examples ]]; then
  folders=()
  for folder in "$root"/examples/*/; do
    if grep -qs "^clean:" "$folder/expected.yaml"; then folders+=("$folder"); fi
  done
  # What their expected.yaml says is found in the clean targets as well is not played: these suites find nothing there.
  for folder in "${folders[@]}"; do
    rounds_of "examples/$(basename "$folder")" "$folder" $(((rounds + ${#folders[@]} - 1) / ${#folders[@]})) \
      isolation cross_subject noninterference --target clean
  done
fi
exit "$worst"
