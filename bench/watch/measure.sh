#!/usr/bin/env bash
# measure.sh [SAVES]: how long after a file is saved `iff watch` has the verdict, p50 and p95 over SAVES (20) saves each of
# a scenario file and of a server's source, for the latter without the build too. Needs an environment that is up
# (build/release/bin/iff up). Comments are appended to two files of this checkout, which are put back at the end.
# Exit code 1: a p95 is above 2 s, the build not counted.
set -euo pipefail
saves=${1:-20}
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
iff=$root/build/release/bin/iff
scenario=$root/scenarios/isolation/own-things.yaml
server=$root/servers/jira/jira.cc
room=$(mktemp -d)
cp "$scenario" "$room/scenario"
cp "$server" "$room/server"
trap 'kill "$watch" 2>/dev/null || true; cp "$room/scenario" "$scenario"; cp "$room/server" "$server"; rm -rf "$room"' EXIT

"$iff" watch isolation/own-things@jira >"$room/log" 2>&1 &
watch=$!

# await PATTERN COUNT: until the log has so many lines with PATTERN.
await() {
  local until=$((SECONDS + 120))
  while (($(grep -c "$1" "$room/log" || true) < $2)); do
    kill -0 "$watch" || { cat "$room/log"; exit 2; }
    ((SECONDS < until)) || { echo "no verdict within 120 s"; cat "$room/log"; exit 2; }
    read -rt 0.005 <> <(:) || true
  done
}

# quantile PERCENT TIME...: of sorted times.
quantile() {
  local percent=$1
  shift
  local all=("$@")
  echo "${all[$((($# * percent + 99) / 100 - 1))]}"
}

# told NAME TIME...: both quantiles of times in ms; false if the p95 is above 2 s.
told() {
  local name=$1 sorted
  shift
  mapfile -t sorted < <(printf '%s\n' "$@" | sort -n)
  local p95
  p95=$(quantile 95 "${sorted[@]}")
  echo "$name: p50 $(quantile 50 "${sorted[@]}") ms, p95 $p95 ms over $# saves"
  ((p95 <= 2000))
}

# measure NAME FILE COMMENT: saves FILE again and again.
measure() {
  local i before times=() alone=() built took done_before
  for ((i = 1; i <= saves; ++i)); do
    done_before=$(grep -c '^verdict ' "$room/log" || true)
    before=$(date +%s%N)
    echo "$3 saved $i" >>"$2"
    await '^verdict ' $((done_before + 1))
    took=$((($(date +%s%N) - before) / 1000000))
    times+=("$took")
    built=$(sed -n 's/^built in \([0-9.]*\) s$/\1/p' "$room/log" | tail -n 1 | awk '{printf "%d", $1 * 1000}')
    alone+=($((took - ${built:-0})))
  done
  if [[ $3 == '#' ]]; then
    told "$1" "${times[@]}" || slow=1
  else
    told "$1" "${times[@]}" || true
    told "$1 without the build" "${alone[@]}" || slow=1
  fi
}

slow=0
await '^PASSED: \|^FAILED: \|^ERRORED: ' 1
measure "scenario file" "$scenario" '#'
measure "server source" "$server" '//'
exit $slow
