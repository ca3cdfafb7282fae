#!/usr/bin/env bash
# keep_test.sh IFF: what --keep-on-failure keeps, and a prompt for programs, on the environment that is up.
set -euo pipefail
iff=$1
room=$(mktemp -d)
runner=
trap 'exec 3>&-; [[ -z $runner ]] || kill "$runner" 2>/dev/null || true; rm -rf "$room"' EXIT
fail() {
  echo "keep: $1"
  head -n 200 "$room"/*.log
  exit 1
}
await() {  # PATTERN FILE
  local until=$((SECONDS + 60))
  until grep -q "$1" "$2"; do
    ((SECONDS < until)) || fail "'$1' did not come"
    read -rt 0.05 <> <(:) || true
  done
}

# A prompt and a result for programs on one stream is neither.
for other in --json '--events -'; do
  code=0
  # shellcheck disable=SC2086
  "$iff" run isolation/own-things@jira --keep-on-failure $other >"$room/both.log" 2>&1 </dev/null || code=$?
  [[ $code == 64 ]] && grep -q "leave one of them out" "$room/both.log" || fail "--keep-on-failure $other ended with $code"
done

mkfifo "$room/keys"
touch "$room/kept.log"
timeout 120 "$iff" run isolation/own-things@jira --mutant shared-credential --keep-on-failure --output "$room/report" \
  <"$room/keys" >"$room/kept.log" 2>&1 &
runner=$!
exec 3>"$room/keys"
await "its sandbox is kept until 'quit'" "$room/kept.log"
await "^  failed  " "$room/kept.log"
await "^debugger   gdb -p " "$room/kept.log"
"$iff" status | grep -q "^open prompt: isolation/own-things@jira" || fail "status does not list the prompt"
printf '%s\n' read_own 'as alice' whoami log >&3
await "^behind   " "$room/kept.log"
await "^HTTP 200 after" "$room/kept.log"
echo quit >&3
code=0
wait "$runner" || code=$?
runner=
[[ $code == 1 ]] || fail "the run ended with $code"
! "$iff" status | grep -q "^open prompt: " || fail "status lists a prompt that is closed"

# For a program: a line of JSON for whom it is, one for each command.
printf '%s\n' whoami 'forge expird' help 'forge expired' 'as alice jira:read' 'call create_issue project=DEMO summary=tea' quit | timeout 60 "$iff" shell --as carol --target jira --json >"$room/json.log" 2>&1 && code=0 || code=$?
[[ $code == 64 ]] || fail "shell --json ended with $code after a mistyped command"
! grep -v '^{.*}$' "$room/json.log" || fail "shell --json says something else than JSON"
for wanted in '"token_file":' '"status":200' '"behind":\["' '"operations":\[' \
  '"error":"no attack is called .expird. (did you mean .expired.' '"attack":"expired",.*carol.expired.token"' '"status":403'; do
  grep -q "$wanted" "$room/json.log" || fail "'$wanted' is not told with --json"
done
