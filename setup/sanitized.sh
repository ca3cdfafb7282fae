#!/usr/bin/env bash
# sanitized.sh dev|tsan [CTEST ARGUMENT...]: the unit tests under the sanitizers of address and undefined behaviour (dev) or
# of threads (tsan), in build/<preset>. At low priority, with IFF_JOBS compilers (default: one for each core).
set -euo pipefail
cd "$(readlink -f "$(dirname "$0")/..")"
preset=${1:-}
if [[ ! $preset =~ ^(dev|tsan)$ ]]; then
  echo "sanitized.sh: want dev or tsan, not '$preset'" >&2
  exit 64
fi
shift
renice -n 15 $$ >/dev/null
jobs=${IFF_JOBS:-$(nproc)}
[[ -f build/$preset/build.ninja ]] || cmake --preset "$preset" >/dev/null
ninja -C "build/$preset" -j "$jobs"
exec ctest --test-dir "build/$preset" --no-tests=error --output-on-failure -j "$jobs" -L 'unit|golden' "$@"
