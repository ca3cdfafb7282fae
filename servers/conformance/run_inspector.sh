#!/bin/sh
# The Inspector's command line against the guarded server itself, with and without the token.
set -eu
. "$(dirname "$0")/tools.sh"
inspector=$tools/mcp-node/node_modules/.bin/mcp-inspector
need "$inspector"
PATH=$(dirname "$node"):$PATH
export PATH
inspect() { "$inspector" --cli "$SERVER_URL" --transport http "$@"; }
expect() {
  case $2 in
    *"$1"*) ;;
    *) echo "conformance: the inspector's answer lacks $1: $2" >&2 && exit 1 ;;
  esac
}
field="Authorization: Bearer $(cat "$TOKEN_FILE")"
expect test_simple_text "$(inspect --header "$field" --method tools/list)"
expect 'simple text response' "$(inspect --header "$field" --method tools/call --tool-name test_simple_text)"
if inspect --header 'Authorization: Bearer not-the-token-at-all' --method tools/list >/dev/null 2>&1; then
  echo 'conformance: the inspector was let in with a wrong token' >&2
  exit 1
fi
