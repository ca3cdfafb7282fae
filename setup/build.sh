# shellcheck shell=bash
# Compiling, and knowing without Ninja that there is nothing to compile.

build=$IFF_ROOT/build/release
sources=()
for folder in CMakeLists.txt CMakePresets.json bench cmake docker examples fixtures harness mocks reports scenarios servers setup; do
  [[ ! -e $IFF_ROOT/$folder ]] || sources+=("$IFF_ROOT/$folder")
done

# built TARGET: nothing changed since TARGET was built. Folders count too: theirs changes with what is added or deleted.
# The change time is asked, not the modification time, because a file moved here keeps the latter.
built() {
  local stamp=$build/.built-$1
  [[ -e $stamp && $(<"$stamp") == "$inputs" ]] || return
  [[ -z $(find "${sources[@]}" -path "$IFF_ROOT/reports/out" -prune -o -cnewer "$stamp" -print -quit) ]]
}

compile() {
  local target=$1
  cd "$IFF_ROOT" || return
  [[ -f $build/build.ninja ]] || cmake --preset release
  [[ $target == all ]] || target=iff_$target
  ninja -C "$build" -j "$(nproc)" "$target"
}

# need_built programs|mutants|all
need_built() {
  built "$1" && return
  mkdir -p "$build"
  await_lock "$IFF_ROOT/build/.lock" "building this project"
  if ! built "$1"; then
    # Made before the build: what is edited while it runs is newer.
    printf '%s' "$inputs" >"$build/.building"
    run_step build "building iff" "5 to 15 min the first time" "" compile "$1"
    mv "$build/.building" "$build/.built-$1"
  fi
  let_go
}

# need_images COMMAND ARGUMENT...: for containers, images of what is in the cache and of what has just been compiled. An
# engine that is not there or cannot be used is the program's to explain.
need_images() {
  [[ " $* " =~ \ --(target-)?in[=\ ]docker\  ]] || return 0
  local engine made
  engine=$("$IFF_ROOT/docker/ask" where) || return 0
  "$IFF_ROOT/docker/ask" "$engine" GET /_ping >/dev/null 2>&1 || return 0
  made=$("$IFF_ROOT/docker/local-images") || exit 2
  while read -r made; do [[ $made != *": made" ]] || say "image $made"; done <<<"$made"
}
