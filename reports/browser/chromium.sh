#!/bin/sh
# chromium.sh TEST FOLDER: runs TEST, which opens the pages in FOLDER, in a real browser.
set -eu
tools=${IFF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iff}/tools
need() {
  [ -e "$1" ] && return 0
  echo "browser: missing $1: run ./iff test, which sets it up" >&2
  exit 1
}
node=$tools/node-22/bin/node
need "$node"
need "$tools/mcp-node/node_modules/axe-core/axe.min.js"
chromium=${IFF_CHROMIUM:-/usr/bin/chromium}
need "$chromium"
IFF_CHROMIUM=$chromium IFF_AXE=$tools/mcp-node/node_modules/axe-core/axe.min.js exec "$node" "$1" "$2"
