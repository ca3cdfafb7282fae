#!/usr/bin/env bash
# The runner of iff beside pytest with requests and beside newman, Postman's command line: the same calls of two people to
# the same server, with the same questions about each answer. Prints wall and processor time per step, start-up apart, and
# ratios; and how far iff is from what it is allowed per step.
#
#   bench/compare/runner/run.sh [--steps N] [--rounds N] [--prepare]
#
# Has what it needs there first, as ./iff has (setup/), the rest in $IFF_CACHE/compare; --prepare does that and no more.
# IFF_BIN names a folder of programs compiled already. Brings up an environment of its own. Exit codes: 0 measured, 2 something
# could not be, 64 bad usage.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
IFF_ROOT=$(readlink -f "$here/../../..")
IFF_CACHE=$(realpath -m "${IFF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iff}")
steps=1000 rounds=5 prepare_only=
usage() {
  echo "usage: bench/compare/runner/run.sh [--steps N] [--rounds N] [--prepare]  (steps: 10 to 10000, even)" >&2
  exit 64
}
while (($#)); do
  case $1 in
    --steps | --rounds)
      [[ ${2:-} =~ ^[1-9][0-9]{0,4}$ ]] || usage
      printf -v "${1#--}" %s "$2"
      shift 2 ;;
    --prepare) prepare_only=1 && shift ;;
    *) usage ;;
  esac
done
((steps >= 10 && steps <= 10000 && steps % 2 == 0 && rounds <= 1000)) || usage

export IFF_ROOT IFF_CACHE
offline=
for part in progress things packages build need; do
  # shellcheck source=/dev/null
  . "$IFF_ROOT/setup/$part.sh"
done
needed=(postgres jdk keycloak openbao node)
set_up
if [[ ! ${IFF_BIN:-} ]]; then
  need_built programs
  IFF_BIN=$build/bin
fi
[[ -x $IFF_BIN/iff ]] || stop "no $IFF_BIN/iff: IFF_BIN names a folder of compiled programs; without it they are built"

compare=$IFF_CACHE/compare
# shellcheck source=/dev/null
. "$here/../once.sh"
# A python3 ahead on PATH need not have pip; wheels are made for one version of it.
python=$(command -v python3)
"$python" -m pip --version >/dev/null 2>&1 || python=/usr/bin/python3
get_pytest() {
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --no-warn-script-location --root-user-action ignore --target "$1" --requirement "$here/requirements.txt"
  "$python" -c 'import sys; print(sys.executable)' >"$1/interpreter"
}
get_newman() {
  cp "$here"/newman/{package.json,package-lock.json,.npmrc} "$1"
  (cd "$1" && PATH=$tools/node-22/bin:$PATH \
    npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --cache "$tmp/npm") && rm -rf "$tmp/npm"
}
packages=$(once pytest "$here/requirements.txt" -- get_pytest) || stop "pytest could not be fetched: pip says why above"
newman=$(once newman "$here/newman/package-lock.json" -- get_newman) || stop "newman could not be fetched: npm says why above"
[[ ! $prepare_only ]] || exit 0

# An environment of its own: not the one that may be up for somebody's work.
export IFF_BIN IFF_RESIDENT=compare-runner-$$
work=$(mktemp -d)
trap '"$IFF_BIN/iff" down >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
status=0
cd "$IFF_ROOT"
NODE=$tools/node-22/bin/node NEWMAN=$newman/node_modules/newman/bin/newman.js PACKAGES=$packages \
  PYTEST_PYTHON=$(<"$packages/interpreter") PYTHONDONTWRITEBYTECODE=1 \
  python3 "$here/measure.py" "$work" "$steps" "$rounds" || status=2
exit "$status"
