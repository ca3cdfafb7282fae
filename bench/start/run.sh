#!/usr/bin/env bash
# run.sh [--rounds N]: how long from the command to the first green scenario when everything is prepared and nothing is
# running, beside how long Keycloak alone takes by its own start script (built, its database there already, the same
# Java), in turns. Both hang on how fast the machine is at the moment; their ratio does so less.
#
# Needs ./iff run once. Exit codes: 0 measured, 2 something could not be, 64 bad usage.
set -euo pipefail
export LC_ALL=C.UTF-8
root=$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")
cache=${IFF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iff}
rounds=5
while (($#)); do
  [[ $1 == --rounds && ${2:-} =~ ^[1-9][0-9]{0,2}$ ]] || { echo "usage: run.sh [--rounds N]" >&2; exit 64; }
  rounds=$2
  shift 2
done
keycloak=${IFF_KEYCLOAK_HOME:-$(compgen -G "$cache/components/keycloak-*" | sort -V | tail -n 1 || true)}
export JAVA_HOME=$cache/components/jdk-25
iff=${IFF:-$root/build/release/bin/iff}
for needed in "$iff" "$JAVA_HOME/bin/java" "$keycloak/bin/kc.sh"; do
  [[ -x $needed ]] || { echo "run.sh: no $needed: ./iff run brings it" >&2; exit 2; }
done

room=$(mktemp -d)
server=
end_server() {
  [[ $server ]] || return 0
  # The script is a parent of Java; both are in a session of their own.
  kill -- "-$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}
trap 'end_server; rm -rf "$room"' EXIT
now_ms() { echo $(($(date +%s%N) / 1000000)); }
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

# Keycloak with a server's ports of its own; the time until it says it is ready is left in $took.
start_keycloak() {
  local port=$((20000 + RANDOM % 20000)) began
  began=$(now_ms)
  KC_HTTP_ENABLED=true KC_HTTP_HOST=127.0.0.1 KC_HTTP_PORT=$port KC_HTTP_MANAGEMENT_PORT=$((port + 1)) KC_CACHE=local \
    KC_HOSTNAME=http://127.0.0.1:$port setsid "$room/keycloak/bin/kc.sh" start --optimized >"$room/log" 2>&1 &
  server=$!
  until [[ $(curl -s -o "$room/answer" -w '%{http_code}' "http://127.0.0.1:$((port + 1))/health/ready") == 200 ]]; do
    if ! kill -0 "$server" 2>/dev/null || (($(now_ms) - began > 300000)); then
      echo "run.sh: Keycloak alone did not get ready; its last lines:" >&2
      tail -n 20 "$room/log" >&2
      exit 2
    fi
    sleep 0.03
  done
  took=$(($(now_ms) - began))
}

echo "building Keycloak once more, for itself" >&2
cp -r "$keycloak" "$room/keycloak"
"$room/keycloak/bin/kc.sh" build --db=dev-file --health-enabled=true >"$room/log" 2>&1
start_keycloak  # makes its database
end_server

# run WHAT: with nothing up; the result is left for us_of.
run() {
  "$iff" run "$1" --fresh --json --output "$room/report" >"$room/result.json" 2>"$room/log" || {
    echo "run.sh: iff run $1 did not pass:" >&2
    tail -n 20 "$room/log" >&2
    exit 2
  }
}
us_of() { sed -n "s/^ *\"$1\": *\([0-9]*\).*/\1/p" "$room/result.json" | head -n 1; }

# An environment of its own: not the one that may be up for somebody's work.
export IFF_RESIDENT=start-$$ IFF_ROOT=$root
for ((round = 1; round <= rounds; ++round)); do
  start_keycloak
  end_server
  run isolation
  green=$(us_of first_green_us)
  echo "$took" >>"$room/alone"
  echo "$((green / 1000))" >>"$room/green"
  echo "round $round: first green scenario after $((green / 1000)) ms, Keycloak alone ready after $took ms" >&2
done
alone=$(median <"$room/alone")
green=$(median <"$room/green")
processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
echo "first green scenario: $green ms; Keycloak alone by its own script: $alone ms; $((100 * green / alone)) % of that"
echo "medians of $rounds rounds in turns, $(nproc) cores of $processor, $(date +%F)"
