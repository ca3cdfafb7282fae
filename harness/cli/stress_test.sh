#!/usr/bin/env bash
# stress_test.sh IFF: a failure of any round is what 'iff stress' answers, and a seed plays the same order again.
set -euo pipefail
iff=$1
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
fail() {
  echo "stress: $1"
  head -n 100 "$room"/*.log
  exit 1
}
# stressed NAME CODE ARGUMENT...
stressed() {
  local name=$1 wanted=$2 code=0
  shift 2
  timeout 100 "$iff" stress "$@" >"$room/$name.log" 2>&1 || code=$?
  [[ $code == "$wanted" ]] || fail "$name ended with $code, not $wanted"
}
order() { sed -n 's/^\(round [0-9]*: [^ ]*\) .*/\1/p' "$room/$1.log"; }

broken=(isolation/own-things isolation/upstream-ledger isolation/upstream-credentials missing_credential/no-jira --mutant shared-credential)
stressed first 1 "${broken[@]}" --rounds 3 --seed 7
stressed same 1 "${broken[@]}" --rounds 3 --seed 7
stressed other 1 "${broken[@]}" --rounds 3 --seed 8
[[ $(order first | wc -l) -gt 5 ]] || fail "too little failed to tell an order from another"
[[ $(order first) == "$(order same)" ]] || fail "the same seed played another order"
[[ $(order first) != "$(order other)" ]] || fail "another seed played the same order"
grep -q -- "--seed 7 plays them in the same order" "$room/first.log" || fail "the seed is not told"

# A round by itself, as the failure says.
again=$(sed -n 's/^round 3: .*--rounds 1 --seed \([0-9]*\)$/\1/p' "$room/first.log" | head -n 1)
[[ -n $again ]] || fail "the failing round's own seed is not told"
stressed again 1 "${broken[@]}" --rounds 1 --seed "$again"
[[ $(order again) == "$(order first | sed -n 's/^round 3:/round 1:/p')" ]] || fail "a round's seed played another round"

stressed until 1 isolation/own-things --mutant shared-credential --until-fail --rounds 50 --output "$room/report"
[[ -s $room/report/report.html ]] || fail "the failure is not reported"
[[ $(order until | sort -u | sed 's/:.*//' | sort -u | wc -l) == 1 ]] || fail "it went on after the first bad round"

stressed good 0 isolation/whoami --rounds 2 --json
stressed taken 0 isolation/whoami isolation/own-things --rounds 3 --take 1 --json
grep -q '"played": 3' "$room/taken.log" || fail "a round of one scenario played another number"
grep -q '"bad": 0' "$room/good.log" && grep -q '"high": 0\.' "$room/good.log" || fail "no interval for the rate"

# Who ends it early has found nothing by that.
timeout 100 "$iff" stress isolation/own-things --rounds 1000 --jobs 1 --verbose >"$room/ended.log" 2>&1 &
ended=$!
for ((tick = 0; tick < 900; ++tick)); do
  if grep -q "^round 1: all good" "$room/ended.log"; then break; fi
  sleep 0.1
done
pkill -INT -P "$ended" iff || fail "it was over before it could be ended"
code=0
wait "$ended" || code=$?
[[ $code == 2 ]] || fail "interrupted, it ended with $code, not 2"
grep -q "played, 0 bad: .*; interrupted; --seed" "$room/ended.log" || fail "an interruption was taken for a failure"
