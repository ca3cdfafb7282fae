#!/usr/bin/env bash
# installed.sh BUILD VERSION: installs into a folder of its own; what lies there says VERSION and finds its files.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cmake --install "$1" --prefix "$room/usr" >"$room/log" || { tail -n 20 "$room/log"; exit 1; }
unset IFF_ROOT
cd "$room"
said=$(usr/bin/iff --version)
[[ $said == "iff $2" ]] || { echo "says '$said' instead of 'iff $2'"; exit 1; }
usr/bin/iff explain expired-token-is-refused >"$room/explained" || { echo "does not find docs/explanations.yaml"; exit 1; }
usr/bin/iff explain audience-not-checked >"$room/cause" || { echo "does not find scenarios/causes.yaml or the kills"; exit 1; }
count=$(usr/bin/iff list | wc -l)
((count > 50)) || { echo "lists $count lines: it does not find its scenarios"; exit 1; }
