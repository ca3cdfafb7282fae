#!/bin/sh
# real.sh IFF FOLDER: plays a part of the Vault demo against the shipped servers and against a broken one, on the
# environment that is up, and runs real_test.mjs on the two reports.
set -eu
here=$(dirname "$(readlink -f "$0")")
rm -rf "$2"
mkdir -p "$2"
play() { "$@" --quiet isolation/own-things isolation/matrix isolation/upstream-credentials missing_credential; }
play "$1" run --output "$2/good"
code=0
play "$1" run --output "$2/broken" --mutant shared-credential || code=$?
[ "$code" = 1 ] || { echo "browser: a broken server was to fail, and the run ended with $code" >&2; exit 1; }
exec sh "$here/chromium.sh" "$here/real_test.mjs" "$2"
