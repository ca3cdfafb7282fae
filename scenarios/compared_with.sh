#!/usr/bin/env bash
# What became of the scenarios, checks, mutants and kills of an older revision: compared_with.sh REVISION
# Prints counts of both, and each that is gone. Exit codes: 0 nothing is gone, 1 something is, 64 bad usage.
# What kills a mutant only sometimes stands in its table, not in kills.yaml, and is no loss.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "${BASH_SOURCE[0]}")/.."

(($# == 1)) || { echo "usage: compared_with.sh REVISION" >&2; exit 64; }
then=$1
git rev-parse --quiet --verify "$then^{commit}" >/dev/null 2>&1 ||
  { echo "compared_with.sh: no revision $then here: run it in a clone with its history" >&2; exit 64; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/then"
git archive "$then" | tar -x -C "$work/then"

scenarios() { # files of scenarios below $1
  (cd "$1" && find scenarios systems -name '*.yaml' \( -path 'scenarios/*/*' -o -path 'systems/*/scenarios/*' \)) | sort
}
checks() { # "scenario check" below $1
  scenarios "$1" | while IFS= read -r file; do
    grep -ohE 'check: *[a-z0-9-]+' "$1/$file" | sed "s|^check: *|${file%.yaml} |" || true
  done | sort -u
}
# "mutant check": from kills.yaml, or, before there was one, from the published table of check and mutants.
kills() {
  if [[ -f $1/servers/mutants/kills.yaml ]]; then
    awk '/^[a-z].*:$/ { mutant = substr($0, 1, length - 1) } /^ *- / { print mutant, $2 }' "$1/servers/mutants/kills.yaml"
  else
    awk -F ' *[|] *' '/^## / { exit } /^[|] `/ {
      gsub("`", "", $2)
      for (n = split($3, mutants, ", "); n > 0; --n) print mutants[n], $2
    }' "$1/docs/mutant-table.md"
  fi | sort -u
}
# "mutant check" of what the tables call races.
sometimes() {
  cat "$1"/servers/mutants/*.cc | tr -d '\n' |
    grep -oE '[.]name = "[a-z0-9-]+"|[.]sometimes = [{][^}]*[}]' |
    awk -F '"' '/sometimes/ { for (i = 2; i <= NF; i += 2) print mutant, $i; next } { mutant = $2 }' | sort -u
}

gone=0
compare() { # the function that lists them
  "$1" "$work/then" >"$work/$1.then"
  "$1" . >"$work/$1.now"
  comm -23 "$work/$1.then" "$work/$1.now" >"$work/$1.gone"
  if [[ $1 == kills ]]; then
    sometimes . >"$work/sometimes"
    comm -23 "$work/$1.gone" "$work/sometimes" >"$work/lost"
    mv "$work/lost" "$work/$1.gone"
  fi
  printf '%-9s  %5d then  %5d now  %5d gone\n' "$1" "$(wc -l <"$work/$1.then")" "$(wc -l <"$work/$1.now")" \
    "$(wc -l <"$work/$1.gone")"
  [[ ! -s $work/$1.gone ]] || { gone=1; sed 's/^/  gone: /' "$work/$1.gone"; }
}
compare scenarios
compare checks
compare kills
exit "$gone"
