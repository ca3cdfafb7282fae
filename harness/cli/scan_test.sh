#!/usr/bin/env bash
# scan_test.sh IFF SERVER MUTANT: 'iff scan' of a shipped server, which is sound; of the same with its lists open to anybody; of
# nobody; and of a command. Nothing else is there: no cache, no environment.
set -uo pipefail
iff=$1 server=$2 mutant=$3
failed=0
folder=$(mktemp -d)
pid=
trap '[[ ! $pid ]] || kill "$pid" 2>/dev/null; rm -rf "$folder"' EXIT
(umask 077 && echo none >"$folder/secret")

complain() {
  echo "FAILED: $1"
  sed 's/^/  /' "$folder/out"
  failed=1
}

# start PROGRAM...: runs a server at $url, in the background as $pid.
start() {
  local port nobody=http://127.0.0.1:9
  for _ in {1..20}; do
    port=$((20000 + RANDOM % 12000))
    url=http://127.0.0.1:$port/mcp
    IFF_LISTEN=127.0.0.1:$port IFF_RESOURCE=$url IFF_AUDIENCE=echo IFF_ISSUER=$nobody IFF_JWKS_URL=$nobody/keys \
      IFF_TOKEN_URL=$nobody/token IFF_VAULT_AUDIENCE=vault IFF_CLIENT_ID=echo IFF_CLIENT_SECRET_FILE=$folder/secret \
      IFF_VAULT_ADDR=$nobody IFF_VAULT_ROLE=user IFF_AUDIT_FILE=$folder/audit.jsonl "$@" >"$folder/log" 2>&1 &
    pid=$!
    for _ in {1..100}; do
      kill -0 "$pid" 2>/dev/null || break
      if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
      sleep 0.05
    done
    kill "$pid" 2>/dev/null
    wait "$pid"
  done
  echo "cannot start $*"
  cat "$folder/log"
  exit 1
}

stop() {
  kill "$pid"
  wait "$pid"
  pid=
}

# scan EXPECTED ARGUMENT...: what it says is in $folder/out; its exit code is EXPECTED.
scan() {
  local expected=$1 code=0
  shift
  "$iff" scan "$@" >"$folder/out" 2>&1 || code=$?
  ((code == expected)) || complain "iff scan $* answers $code instead of $expected"
}

start "$server"
scan 0 "$url"
grep -q '^ *0 faults' "$folder/out" || complain "a sound server has faults"
scan 0 --json "$url"
grep -q '"faults": 0' "$folder/out" || complain "--json does not say so"
stop

scan 2 "$url"
(($(wc -l <"$folder/out") == 1)) || complain "nobody at a URL is more than one line"
grep -q 'nobody answers' "$folder/out" || complain "nobody at a URL is not said"

start "$mutant" tools-list-unauthenticated echo
scan 1 "$url"
grep -q 'fault: *tools/list without a token: served' "$folder/out" || complain "open lists are not seen"
stop

scan 2 "$server"
grep -q 'IFF_LISTEN' "$folder/out" || complain "what a command wants is not named"
scan 64 ftp://127.0.0.1/mcp
scan 64
exit $failed
