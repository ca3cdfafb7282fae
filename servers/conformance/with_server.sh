#!/bin/sh
# with_server.sh PROGRAM COMMAND...: runs COMMAND between a start and a stop of the guarded conformance
# server and of the proxy that adds its token. COMMAND finds SERVER_URL, PROXY_URL and TOKEN_FILE.
set -eu
program=$1
shift
work=$(mktemp -d)
server=
proxy=
finish() {
  for pid in $proxy $server; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

TOKEN_FILE=$work/token
(umask 077 && od -An -tx1 -N24 /dev/urandom | tr -d ' \n' >"$TOKEN_FILE")
mkfifo "$work/server" "$work/proxy"
"$program" --token-file "$TOKEN_FILE" >"$work/server" &
server=$!
read -r word SERVER_URL <"$work/server"
[ "$word" = ready ]
"$program" --token-file "$TOKEN_FILE" --proxy "$SERVER_URL" >"$work/proxy" &
proxy=$!
read -r word PROXY_URL <"$work/proxy"
[ "$word" = ready ]
export SERVER_URL PROXY_URL TOKEN_FILE
"$@"
