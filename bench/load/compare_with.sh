#!/usr/bin/env bash
# Is this checkout's runtime slower than that of another revision? Builds that revision's echo server once, keeps it in
# $IFF_CACHE/frozen, and has iff-load compare the two. `iff bench --compare REF` calls it.
#
#   bench/load/compare_with.sh REF [options of iff-load compare]
#
# Exit codes: 0 no, 1 yes, 2 could not be told, 64 there is no such revision, or it has no echo server.
set -euo pipefail
export LC_ALL=C.UTF-8
root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
bin=${IFF_BIN:-$root/build/release/bin}
frozen=${IFF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iff}/frozen
ref=${1:?want a revision}
shift
commit=$(git -C "$root" rev-parse --quiet --verify "$ref^{commit}") || { echo "no revision is called '$ref'" >&2; exit 64; }
git -C "$root" cat-file -e "$commit:servers/echo/echo.cc" 2>/dev/null ||
  { echo "$ref has no echo server: it is older than this comparison" >&2; exit 64; }
program=$frozen/$commit/iff-mcp-echo
if [[ ! -x $program ]]; then
  echo "building the echo server of ${commit:0:10}"
  source=$frozen/$commit.source
  rm -rf "$source"
  mkdir -p "$source" "$frozen/$commit"
  git -C "$root" archive "$commit" | tar -x -C "$source"
  if ! (cd "$source" && cmake --preset release && ninja -C build/release iff-mcp-echo) >"$frozen/$commit/log" 2>&1; then
    tail -n 20 "$frozen/$commit/log" >&2
    exit 2
  fi
  mv "$source/build/release/bin/iff-mcp-echo" "$program"
  rm -rf "$source"
fi
[[ -x $bin/iff-load ]] || { echo "no $bin/iff-load: ninja -C build/release iff-load" >&2; exit 2; }
exec "$bin/iff-load" compare "$program" "$@"
