#!/usr/bin/env bash
# measure.sh [SAVES]: how long after a file is saved `iff watch` has the verdict, p50 and p95 over SAVES (20) saves each of
# a scenario file and of a server's source. Needs an environment that is up (build/release/bin/iff up). Comments are
# appended to two files of this checkout, which are put back at the end.
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

# measure NAME FILE COMMENT: saves FILE again and again.
measure() {
  local i before times=() done_before
  for ((i = 1; i <= saves; ++i)); do
    done_before=$(grep -c '^verdict ' "$room/log" || true)
    before=$(date +%s%N)
    echo "$3 saved $i" >>"$2"
    await '^verdict ' $((done_before + 1))
    times+=($((($(date +%s%N) - before) / 1000000)))
  done
  mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -n)
  echo "$1: p50 ${times[$((saves / 2))]} ms, p95 ${times[$(((saves * 95 + 99) / 100 - 1))]} ms over $saves saves"
}

await '^PASSED: \|^FAILED: \|^ERRORED: ' 1
measure "scenario file" "$scenario" '#'
measure "server source" "$server" '//'
