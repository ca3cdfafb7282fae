#!/usr/bin/env bash
# up_test.sh up IFF: 'iff up' with a file of ours open. up_test.sh look IFF: what stayed up does not hold it.
set -euo pipefail
here=$(readlink -f "$0")
if [[ $1 == up ]]; then
  exec 9<"$here"
  # Longer than a whole test run, in which minutes pass without a command.
  exec "$2" up --idle 5400
fi
pid=$("$2" status --json | sed -n 's/^ *"pid": \([0-9]*\).*/\1/p')
[[ -d /proc/$pid/fd ]] || { echo "status tells no process: '$pid'"; exit 1; }
! find "/proc/$pid/fd" -lname "$here" | grep . || { echo "process $pid still holds what was open where 'iff up' was typed"; exit 1; }
