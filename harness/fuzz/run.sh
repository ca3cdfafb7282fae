#!/usr/bin/env bash
# run.sh [SECONDS [TARGET...]]: builds the fuzzer with clang 19 and lets it try each target, or those named, for SECONDS
# (default 30) from its seeds. What it finds lies in build/fuzz/found/ and makes this fail; the command that plays it
# again is printed. Nice to others: IFF_JOBS compilers, the lowest priority.
set -euo pipefail
root=$(readlink -f "$(dirname "$0")/../..")
seconds=${1:-30}
if [[ ! $seconds =~ ^[1-9][0-9]*$ ]]; then
  echo "run.sh: '$seconds' is no number of seconds" >&2
  exit 64
fi
shift || true
if ! command -v clang++-19 >/dev/null; then
  echo "run.sh: clang++-19 is missing: apt-get install clang-19 libclang-rt-19-dev" >&2
  exit 2
fi
build=$root/build/fuzz
cd "$root"
renice -n 15 $$ >/dev/null
[[ -f $build/build.ninja ]] || cmake --preset fuzz >/dev/null
ninja -C "$build" -j "${IFF_JOBS:-$(nproc)}" --quiet iff-fuzz
targets=("$@")
((${#targets[@]})) || targets=(harness/fuzz/corpus/*/)
failed=()
for target in "${targets[@]}"; do
  target=$(basename "$target")
  mkdir -p "$build/corpus/$target" "$build/found"
  echo "fuzz $target for $seconds s"
  log=$build/found/$target.log
  if IFF_FUZZ_TARGET=$target "$build/bin/iff-fuzz" -max_total_time="$seconds" -max_len=65536 -timeout=10 \
    -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$build/found/$target-" \
    "$build/corpus/$target" "harness/fuzz/corpus/$target" >"$log" 2>&1; then
    sed -n 's/^stat::number_of_executed_units: */  runs: /p; s/^stat::peak_rss_mb: */  memory, MiB: /p' "$log"
  else
    tail -n 40 "$log"
    failed+=("$target")
    echo "again: IFF_FUZZ_TARGET=$target $build/bin/iff-fuzz $build/found/$target-*"
  fi
done
((${#failed[@]} == 0)) || { echo "found something in: ${failed[*]}"; exit 1; }
