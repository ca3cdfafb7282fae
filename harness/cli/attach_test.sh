#!/usr/bin/env bash
# attach_test.sh IFF: what --keep-on-failure keeps is joined from another terminal, on the environment that is up.
set -euo pipefail
iff=$1
room=$(mktemp -d)
runner=
trap 'exec 3>&-; [[ -z $runner ]] || kill "$runner" 2>/dev/null || true; rm -rf "$room"' EXIT
fail() {
  echo "attach: $1"
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
touch "$room/kept.log" "$room/joined.log"
timeout 120 "$iff" run isolation/own-things@jira --mutant shared-credential --keep-on-failure --output "$room/report" \
  <"$room/keys" >"$room/kept.log" 2>&1 &
runner=$!
exec 3>"$room/keys"
await "its stage is kept until 'quit'" "$room/kept.log"
"$iff" status | grep -q "^kept: isolation/own-things@jira" || fail "status does not list the stage"

# Nobody else's stage is joined by a mistyped name.
code=0
"$iff" attach isolation/matrix >"$room/wrong.log" 2>&1 </dev/null || code=$?
[[ $code == 64 ]] || fail "a wrong name ended with $code"

printf '%s\n' read_own 'as alice' whoami log quit | timeout 60 "$iff" attach isolation >"$room/joined.log" 2>&1 || fail "attach ended with $?"
for wanted in "^stage      isolation/own-things@jira" "^           failed  " "^debugger   gdb -p " "^HTTP 200 after" "^behind   "; do
  grep -q "$wanted" "$room/joined.log" || fail "'$wanted' is not told"
done

# For a program: a line of JSON for the stage, one for whom it is, one for each command.
printf '%s\n' whoami 'forge expird' help 'forge expired' 'as alice jira:read' 'call create_issue project=DEMO summary=tea' quit | timeout 60 "$iff" attach isolation --json >"$room/json.log" 2>&1 && code=0 || code=$?
[[ $code == 64 ]] || fail "attach --json ended with $code after a mistyped command"
! grep -v '^{.*}$' "$room/json.log" || fail "attach --json says something else than JSON"
for wanted in '"stage":"isolation/own-things@jira"' '"token_file":' '"status":200' '"behind":\["' '"operations":\[' \
  '"error":"no attack is called .expird. (did you mean .expired.' '"attack":"expired",.*carol.expired.token"' '"status":403'; do
  grep -q "$wanted" "$room/json.log" || fail "'$wanted' is not told with --json"
done

# Who joined has left, the stage is still there, and ends with whoever keeps it.
echo whoami >&3
await "^HTTP 200 after" "$room/kept.log"
echo quit >&3
code=0
wait "$runner" || code=$?
runner=
[[ $code == 1 ]] || fail "the run ended with $code"
code=0
"$iff" attach >"$room/gone.log" 2>&1 </dev/null || code=$?
[[ $code == 2 ]] || fail "with nothing kept, attach ended with $code"
