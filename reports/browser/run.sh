#!/bin/sh
# run.sh TEST PROGRAM FOLDER: draws the sample pages into FOLDER and runs TEST on them in Chromium.
set -eu
rm -rf "$3"
mkdir -p "$3"
"$2" "$3"
exec sh "$(dirname "$(readlink -f "$0")")/chromium.sh" "$1" "$3"
