#!/usr/bin/env bash
# The same tool in other SDKs, under the same driver, in one run: prints calls per second, the server's processor time
# per call, and the ratios. Server on core 0, driver on the last one. Ours verifies a signed token on every call, checks
# its scope and limit and writes an audit line; the others authenticate nobody.
#
#   bench/compare/run.sh [--seconds N] [--callers N] [--rounds N] [--prepare]
#                        [typescript|typescript-sessions|python|go ...]
#
# Has what it needs there first, as ./iff has (setup/): this project compiled, Node, and the packages of the examples; what
# is only for this lies in $IFF_CACHE/compare. --prepare does that and no more. Exit codes: 0 measured, 2 something could
# not be, 64 bad usage.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
IFF_ROOT=$(readlink -f "$here/../..")
IFF_CACHE=$(realpath -m "${IFF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iff}")
export IFF_ROOT IFF_CACHE
offline=
for part in progress things packages build need; do
  # shellcheck source=/dev/null
  . "$IFF_ROOT/setup/$part.sh"
done
bin=$build/bin
compare=$IFF_CACHE/compare
seconds=3 callers=32 rounds=3 prepare_only=
sdks=()
while (($#)); do
  case $1 in
    --seconds | --callers | --rounds)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { echo "$1: want a number" >&2; exit 64; }
      printf -v "${1#--}" %s "$2"
      shift 2 ;;
    --prepare) prepare_only=1; shift ;;
    typescript | typescript-sessions | python | go) sdks+=("$1"); shift ;;
    *) sed -n 's/^#   /usage: /p' "$0" | head -n 1 >&2; exit 64 ;;
  esac
done
((${#sdks[@]})) || sdks=(typescript typescript-sessions python go)

# shellcheck source=/dev/null
. "$here/once.sh"
faster_uvicorn() {
  "$tools/examples-python/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes --root-user-action ignore --target "$1" --requirement "$here/python/requirements.txt"
}
typescript_server() {
  cp "$here/typescript/server.mjs" "$1"
  ln -s "$tools/examples-typescript/node_modules" "$1"
}
go_server() { (cd "$here/go" && go_build "$1/server" .); }

needed=()
[[ ! " ${sdks[*]} " =~ \ python\  ]] || needed+=(examples_python)
[[ ! " ${sdks[*]} " =~ \ typescript ]] || needed+=(node examples_typescript)
[[ ! " ${sdks[*]} " =~ \ go\  ]] || needed+=(go)
set_up
need_built programs
[[ ! " ${sdks[*]} " =~ \ python\  ]] ||
  { extra=$(once python "$here/python/requirements.txt" -- faster_uvicorn) || exit 2; }
[[ ! " ${sdks[*]} " =~ \ typescript ]] ||
  { node_server=$(once typescript "$here/typescript/server.mjs" -- typescript_server) || exit 2; }
[[ ! " ${sdks[*]} " =~ \ go\  ]] ||
  { go_server=$(once go "$here/go"/{go.mod,go.sum,main.go} -- go_server) || exit 2; }
[[ ! $prepare_only ]] || exit 0

server='' work=$(mktemp -d)
stop() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  server=
}
trap 'stop; rm -rf "$work"' EXIT

# measure_other SDK: one JSON row.
measure_other() {
  local url='' session=()
  : >"$work/out"
  case $1 in
    typescript) NODE_ENV=production exec taskset -c 0 "$tools/node-22/bin/node" "$node_server/server.mjs" stateless ;;
    typescript-sessions) NODE_ENV=production exec taskset -c 0 "$tools/node-22/bin/node" "$node_server/server.mjs" sessions ;;
    python) PYTHONPATH=$extra:$tools/examples-python exec taskset -c 0 "$tools/examples-python/python" "$here/python/server.py" ;;
    go) GOMAXPROCS=1 exec taskset -c 0 "$go_server/server" ;;
  esac >"$work/out" 2>"$work/errors" &
  server=$!
  for ((i = 0; i < 600; i++)); do
    url=$(sed -n 's/^ready //p' "$work/out")
    [[ -z $url ]] || break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  [[ $url ]] || { echo "$1 did not start: $(tail -n 3 "$work/errors")" >&2; return 1; }
  [[ $1 != typescript-sessions ]] || session=(--session)
  # A second call of a compiler at run time: what warms up does so before it is measured.
  "$bin/iff-load" url "$url" --pid "$server" --callers "$callers" --seconds 2 "${session[@]}" --json >/dev/null
  "$bin/iff-load" url "$url" --pid "$server" --callers "$callers" --seconds "$seconds" "${session[@]}" --json
}

status=0
for ((round = 1; round <= rounds; round++)); do
  echo "round $round of $rounds" >&2
  printf 'ours %s\n' "$("$bin/iff-load" echo --callers "$callers" --seconds "$seconds" --json)" >>"$work/rows"
  for sdk in "${sdks[@]}"; do
    measure_other "$sdk" >"$work/row" && printf '%s %s\n' "$sdk" "$(<"$work/row")" >>"$work/rows" || status=2
    stop
  done
done
python3 "$here/ratios.py" "$work/rows" || status=2
exit "$status"
