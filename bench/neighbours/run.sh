#!/usr/bin/env bash
# What iff and its neighbours find in the same servers: the clean ones, the deliberately broken ones, and clean servers
# on others' SDKs. Brings up an environment of its own, keeps what each tool said in a folder, so that it can be
# interrupted and done in pieces, and prints the document drawn from all that is kept.
#
#   bench/neighbours/run.sh [--keep FOLDER] [MUTANT|jira|github|postgres|examples/NAME ...] > docs/neighbours.md
#
# Needs ./iff test once (it builds, and fetches Node, the official suite and the examples), and a way to PyPI the first
# time. Exit codes: 0 compared, 2 something could not be, 64 bad usage.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$here/../..
cache=${IFF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iff}
bin=${IFF_BIN:-$root/build/release/bin}
ROOM=$cache/neighbours/results-$(cd "$root" && git rev-parse --short HEAD 2>/dev/null || echo none)
while [[ ${1:-} == -* ]]; do
  [[ $1 == --keep && -n ${2:-} ]] || { echo "usage: run.sh [--keep FOLDER] [MUTANT|jira|github|postgres|examples/NAME ...]" >&2; exit 64; }
  ROOM=$2
  shift 2
done
for needed in "$bin/iff" "$bin/iff-mutant" "$bin/iff-mcp-conformance" "$cache/tools/mcp-node" "$cache/tools/examples-go"; do
  [[ -e $needed ]] || { echo "run.sh: no $needed: ./iff test makes it" >&2; exit 2; }
done

NEIGHBOURS_PYTHON=python3
python3 -m pip --version >/dev/null 2>&1 || NEIGHBOURS_PYTHON=/usr/bin/python3
packages=$cache/neighbours/packages
if ! cmp -s "$here/requirements.txt" "$packages/requirements.txt"; then
  rm -rf "$packages" "$packages.new"
  mkdir -p "$packages.new"
  "$NEIGHBOURS_PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --no-warn-script-location --root-user-action ignore --target "$packages.new" --requirement "$here/requirements.txt" >&2
  cp "$here/requirements.txt" "$packages.new"
  mv -T "$packages.new" "$packages"
fi

# An environment of its own: not the one that may be up for somebody's work.
export ROOM NEIGHBOURS_PYTHON PYTHONPATH=$packages IFF_RESIDENT=neighbours-$$ IFF_ROOT=$root
(umask 077 && mkdir -p "$ROOM")
cd "$root"
"$bin/iff" up --idle 900 >&2
trap '"$bin/iff" down >&2' EXIT
"$NEIGHBOURS_PYTHON" "$here/compare.py" run "$@" >&2
"$NEIGHBOURS_PYTHON" "$here/compare.py" draw
