#!/usr/bin/env bash
# The same tool in other SDKs, under the same driver, in one run: prints calls per second, the server's processor time
# per call, and the ratios. Server on core 0, driver on the last one. Ours verifies a signed token on every call, checks
# its scope and limit and writes an audit line; the others authenticate nobody.
#
#   bench/compare/run.sh [--seconds N] [--callers N] [--rounds N] [typescript|python|go ...]
#
# Needs a build (build/release/bin/iff-load), and for each other SDK its tool: node and npm, python3, go. What is fetched
# lies in $IFF_CACHE/compare. Exit codes: 0 measured, 2 something could not be, 64 bad usage.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
bin=${IFF_BIN:-$here/../../build/release/bin}
cache=${IFF_CACHE:-$HOME/.cache/iff}/compare
seconds=4 callers=32 rounds=3
sdks=()
while (($#)); do
  case $1 in
    --seconds | --callers | --rounds)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { echo "$1: want a number" >&2; exit 64; }
      printf -v "${1#--}" %s "$2"
      shift 2 ;;
    typescript | python | go) sdks+=("$1"); shift ;;
    *) echo "usage: run.sh [--seconds N] [--callers N] [--rounds N] [typescript|python|go ...]" >&2; exit 64 ;;
  esac
done
((${#sdks[@]})) || sdks=(typescript python go)
[[ -x $bin/iff-load ]] || { echo "no $bin/iff-load: ninja -C build/release iff-load" >&2; exit 2; }
mkdir -p "$cache"

# PATH gets what ./iff set up before, behind what is there.
PATH=$PATH:${IFF_CACHE:-$HOME/.cache/iff}/tools/node-22/bin:${IFF_CACHE:-$HOME/.cache/iff}/tools/go/bin

# prepare SDK: has it in the cache, by the sum of what pins it.
prepare() {
  local sum made
  sum=$(cat "$here/$1"/* 2>/dev/null | sha256sum | cut -c1-12)
  made=$cache/$1-$sum
  if [[ ! -e $made/ready ]]; then
    rm -rf "$made"
    mkdir -p "$made"
    cp "$here/$1"/*.* "$made"
    (
      cd "$made"
      case $1 in
        typescript) npm ci --ignore-scripts --no-audit --no-fund --silent ;;
        python) python3 -m venv venv && venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt ;;
        go) go build -mod=readonly -o server . ;;
      esac
    ) >&2 || return 1
    touch "$made/ready"
  fi
  echo "$made"
}

server=
stop() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  server=
}
trap stop EXIT

# measure_other SDK: one JSON row.
measure_other() {
  local made url
  made=$(prepare "$1") || return 1
  : >"$made/out"
  case $1 in
    typescript) (cd "$made" && exec taskset -c 0 node server.mjs) >"$made/out" 2>"$made/errors" & ;;
    python) (cd "$made" && exec taskset -c 0 venv/bin/python server.py) >"$made/out" 2>"$made/errors" & ;;
    go) (cd "$made" && GOMAXPROCS=1 exec taskset -c 0 ./server) >"$made/out" 2>"$made/errors" & ;;
  esac
  server=$!
  for ((i = 0; i < 600; i++)); do
    url=$(sed -n 's/^ready //p' "$made/out")
    [[ -z $url ]] || break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  [[ -n ${url:-} ]] || { echo "$1 did not start: $(tail -n 3 "$made/errors")" >&2; return 1; }
  "$bin/iff-load" url "$url" --pid "$server" --callers "$callers" --seconds "$seconds" --json
  stop
}

measure_ours() { "$bin/iff-load" echo --callers "$callers" --seconds "$seconds" --json; }

rows=$(mktemp)
trap 'stop; rm -f "$rows"' EXIT
status=0
for ((round = 1; round <= rounds; round++)); do
  echo "round $round of $rounds" >&2
  printf 'ours %s\n' "$(measure_ours)" >>"$rows"
  for sdk in "${sdks[@]}"; do
    if row=$(measure_other "$sdk"); then
      printf '%s %s\n' "$sdk" "$row" >>"$rows"
    else
      status=2
      stop
    fi
  done
done
python3 "$here/ratios.py" "$rows" || status=2
exit "$status"
