#!/usr/bin/env bash
# errors_test.sh IFF: what a command complains of stands in standard error, and nothing in what programs read.
set -euo pipefail
iff=$1
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
# complains CODE WORDS ARGUMENT...
complains() {
  local wanted=$1 words=$2 code=0
  shift 2
  timeout 60 "$iff" "$@" >"$room/out" 2>"$room/err" </dev/null || code=$?
  [[ $code == "$wanted" && ! -s $room/out ]] && grep -q "^iff: .*$words" "$room/err" && return
  echo "iff $*: ended with $code, not $wanted, or its error is not where errors are"
  head -n 20 "$room/out" "$room/err"
  exit 1
}
complains 64 "is up already" up
complains 64 "no run is called" judge "$room/nowhere"
complains 64 "nowhere" merge "$room/nowhere" --output "$room/whole"
complains 64 "has played" history nobody/nothing
complains 64 "nowhere" replay "$room/nowhere"
complains 64 "no mutant called" mutants no-such-mutant
complains 64 "nothing to measure" bench nothing-there-is
complains 64 "no scenario is about" stress --target nobody
complains 64 "are not those of what is up, vault-demo: add --fresh" run --system no-keycloak

# Any file with the same components is for what is up, as it is now: with targets that are changed, or its own.
mkdir "$room/alike"
sed 's/^system: .*/system: alike/' "$(dirname "$0")/../../systems/vault-demo/system.yaml" >"$room/alike/iff.yaml"
(cd "$room/alike" && timeout 120 "$iff" run --quiet --output out isolation/own-things@github) >"$room/out" 2>&1 ||
  { echo "a file with the same components is not run on what is up"; head -n 20 "$room/out"; exit 1; }
grep -q '"system": "alike"' "$room/alike/out/result.json" || { echo "what ran was not the file asked for"; exit 1; }
sed -i '/^targets:/,$ s/^  github:$/  renamed:/' "$room/alike/iff.yaml"
(cd "$room/alike" && complains 64 "nothing is called 'isolation/own-things@github'" run isolation/own-things@github)
