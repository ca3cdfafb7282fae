#!/usr/bin/env bash
# Tests of the set-up against stand-ins for everything it calls: no network, no compiler, nothing installed.
# Every test works in a copy of this project's set-up with a cache folder of its own.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
failed=0

# fake NAME: a program ahead of the real one on PATH; its text comes on standard input.
fake() {
  { printf '#!/usr/bin/env bash\n'; cat; } >"$room/path/$1"
  chmod +x "$room/path/$1"
}

# A fresh copy, in which all packages are installed, compiling counts, and every component is there.
arrange() {
  rm -rf "${room:?}"/*
  mkdir -p "$room"/{path,cache,tree/harness,tree/fixtures/vault/build/{openbao,hashicorp}}
  cp "$here/../iff" "$room/tree"
  cp -r "$here" "$room/tree/setup"
  cp -r "$here"/../fixtures/vault/build/* "$room/tree/fixtures/vault/build"
  echo one >"$room/tree/harness/one.cc"
  cd "$room/tree" || return
  unset IFF_BAO IFF_VAULT IFF_KEYCLOAK_HOME NO_COLOR
  export IFF_CACHE=$room/cache PATH=$room/path:/usr/bin:/bin IFF_POSTGRES_BIN=$room/path IFF_CHROMIUM=$room/path/postgres
  for program in postgres bao vault clang-format-19 shellcheck; do fake "$program" <<<'true'; done
  fake clang++-19 <<<'echo /'
  for program in apt-get go mvn npm python3; do fake "$program" <<<'echo "no $0 here"; exit 1'; done
  fake dpkg-query <<<'for name in "${@:3}"; do echo "installed $name"; done'
  fake cmake <<<'mkdir -p build/release/bin; touch build/release/build.ninja'
  fake ninja <<<'[[ $4 == query ]] || [[ $3 == -t ]] || { echo built >>../built; cp ../path/program build/release/bin/iff; }'
  fake program <<<'echo "program called with $*"'
  give components/jdk-25/bin/java
  give components/keycloak-26.7.4/bin/kc.sh
  give components/openbao-2.4.0/bao
}

# give FILE: an executable in the cache.
give() {
  mkdir -p "$(dirname "$room/cache/$1")"
  printf '#!/bin/sh\n' >"$room/cache/$1"
  chmod +x "$room/cache/$1"
}
take() { rm -rf "$room/cache/$1"; }

# run CODE ARGUMENT...: ./iff, which has to end with CODE; what it says is in $said.
run() {
  local code=$1 got=0
  shift
  said=$(./iff "$@" 2>&1) || got=$?
  [[ $got == "$code" ]] || wrong "./iff $* ended with $got instead of $code, saying: $said"
}
says() { [[ $said == *"$1"* ]] || wrong "'$1' is not in: $said"; }
silent_about() { [[ $said != *"$1"* ]] || wrong "'$1' is in: $said"; }
times_built() {
  local times
  times=$(wc -l <"$room/built")
  [[ $times == "$1" ]] || wrong "built $times times instead of $1"
}
pause() { read -rt 0.02 <> <(:); }
wrong() {
  echo "  FAILED: $1"
  failed=1
}

hands_the_arguments_over() {
  run 0 run "two words" --json
  says "program called with run two words --json"
}

prints_usage_without_compiling() {
  run 64
  run 0 --help
  says "./iff run"
  [[ ! -e $room/built ]] || wrong "it compiled"
}

compiles_again_only_after_a_change() {
  run 0 list
  run 0 list
  times_built 1
  echo two >harness/one.cc
  run 0 list
  times_built 2
  echo new >harness/two.cc
  run 0 list
  times_built 3
  rm harness/two.cc
  run 0 list
  times_built 4
  echo three >harness/one.cc
  touch -d '2001-01-01' harness/one.cc
  run 0 list
  times_built 5
  run 0 list
  times_built 5
}

scans_and_plans_with_what_is_built_and_fetches_nothing() {
  take components
  run 0 scan --offline http://127.0.0.1:9/mcp
  times_built 1
  echo two >harness/one.cc
  run 0 scan --offline http://127.0.0.1:9/mcp
  says "program called with scan"
  run 0 run --offline --plan --in docker
  says "program called with run --offline --plan"
  times_built 1
  rm -r build/release
  run 0 run --offline tokens --plan
  times_built 2
}

compiles_again_after_a_failed_build() {
  fake ninja <<<'echo "one.cc:1: error: no such thing"; exit 1'
  run 2 list
  says "one.cc:1: error: no such thing"
  says "logs/build.log"
  fake ninja <<<'cp ../path/program build/release/bin/iff'
  run 0 list
}

keeps_what_it_fetches_where_caches_are() {
  local found
  found=$(unset IFF_CACHE; XDG_CACHE_HOME=$room/caches HOME=$room/home ./iff list 2>&1)
  [[ -d $room/caches/iff/stamps && ! -e $room/home ]] || wrong "XDG_CACHE_HOME was not heeded: $found"
  found=$(unset IFF_CACHE XDG_CACHE_HOME; HOME=$room/home ./iff list 2>&1)
  [[ -d $room/home/.cache/iff/stamps ]] || wrong "not below HOME: $found"
}

asks_for_packages_once() {
  fake dpkg-query <<<'echo asked >>../asked; for name in "${@:3}"; do echo "installed $name"; done'
  run 0 run
  run 0 run
  [[ $(wc -l <"$room/asked") == 1 ]] || wrong "asked $(wc -l <"$room/asked") times"
  echo "libnew-dev" >>setup/packages.txt
  run 0 run
  [[ $(wc -l <"$room/asked") == 2 ]] || wrong "a change of the list was not noticed"
}

names_the_missing_packages_without_root() {
  fake dpkg-query <<<'for name in "${@:3}"; do [[ $name == ccache || $name == maven ]] || echo "installed $name"; done'
  fake id <<<'echo 1000'
  fake sudo <<<'exit 1'
  run 2 run
  says "apt-get install -y --no-install-recommends ccache"
  silent_about maven  # Keycloak is there already.
  take components/keycloak-26.7.4
  run 2 run
  says "ccache maven"
}

installs_missing_packages_with_sudo() {
  fake dpkg-query <<<'for name in "${@:3}"; do [[ $name == ccache ]] || echo "installed $name"; done'
  fake id <<<'echo 1000'
  fake sudo <<<'[[ $1 == -n ]] && shift; [[ $1 == env ]] && shift 2; "$@"'
  fake apt-get <<<'echo "$*" >>../installed'
  run 0 list
  grep -q "update" "$room/installed" && grep -q "install ccache" "$room/installed" || wrong "$(cat "$room/installed")"
}

offline_names_exactly_what_is_missing() {
  take components/keycloak-26.7.4
  take components/jdk-25
  run 2 run --offline
  says "Keycloak 26.7.4"
  says "the Java 25 runtime"
  silent_about OpenBao
  silent_about PostgreSQL
  give components/keycloak-26.7.4/bin/kc.sh
  give components/jdk-25/bin/java
  run 0 run --offline
  says "program called with run --offline"
}

# An archive for a folder that would be Keycloak, made by a stand-in for Maven, with the WHOLE checksum or another.
maven_brings_keycloak() {
  mkdir -p "$room/kc/keycloak/bin"
  cp "$room/path/bao" "$room/kc/keycloak/bin/kc.sh"
  tar -czf "$room/kc.tar.gz" -C "$room/kc" keycloak
  fake mvn <<<'for word in "$@"; do [[ $word != -DoutputDirectory=* ]] || to=${word#*=}; done
    cp ../kc.tar.gz "$to/keycloak-quarkus-dist-26.7.4.tar.gz"'
}

refuses_an_archive_with_another_checksum() {
  take components/keycloak-26.7.4
  maven_brings_keycloak
  run 2 run
  says "checksum mismatch"
  says "IFF_KEYCLOAK_HOME"
  [[ ! -e $room/cache/components/keycloak-26.7.4 ]] || wrong "it was unpacked all the same"
  [[ -z $(ls "$room/cache/downloads") ]] || wrong "it was kept"
}

unpacks_an_archive_with_the_pinned_checksum() {
  take components/keycloak-26.7.4
  maven_brings_keycloak
  local sum
  sum=$(sha256sum <"$room/kc.tar.gz")
  sed -i "s/^keycloak_sha256=.*/keycloak_sha256=${sum%% *}/" setup/things.sh
  run 0 run
  [[ -x $room/cache/components/keycloak-26.7.4/bin/kc.sh ]] || wrong "no kc.sh"
  take components/keycloak-26.7.4
  fake mvn <<<'exit 1'
  run 0 run --offline  # The archive is still there.
}

shows_why_a_fetch_failed_and_the_way_round_it() {
  take components/keycloak-26.7.4
  fake mvn <<<'echo "could not resolve the artifact"; exit 1'
  run 2 run
  says "could not resolve the artifact"
  says "logs/keycloak.log"
  says "IFF_KEYCLOAK_HOME"
}

refuses_a_named_program_that_is_not_there() {
  IFF_BAO=/nowhere/bao run 2 run
  says "IFF_BAO is /nowhere/bao"
  says "without IFF_BAO"
}

uses_a_program_on_the_path_instead_of_building_it() {
  take components/openbao-2.4.0
  fake program <<<'echo "bao is $IFF_BAO"'
  run 0 run
  says "bao is $room/path/bao"
}

builds_only_the_vault_that_was_asked_for() {
  rm "$room/path/vault" "$room/path/bao"
  run 2 run --vault hashicorp --offline
  says "HashiCorp Vault"
  silent_about OpenBao
  take components/openbao-2.4.0
  run 2 run --offline
  says OpenBao
  silent_about HashiCorp
}

fetches_what_the_components_of_a_system_need_and_for_help_nothing() {
  take components
  mkdir -p systems/small systems/big
  printf 'components:\n  people: {driver: issuer}   # not driver: keycloak\n' >systems/small/system.yaml
  printf 'components:\n  people:\n    driver: "keycloak"\n' >systems/big/system.yaml
  run 0 run --offline --system small
  run 0 run --offline --help
  run 2 run --offline --system big
  says Keycloak
  silent_about OpenBao
  run 2 run --offline
  says Keycloak
}

tests_that_start_nothing_need_no_components() {
  take components
  fake ctest <<<'echo "ctest $*"'
  run 0 test --offline -L 'unit|golden'
  says "-L unit|golden -LE nightly"
  silent_about --offline
  silent_about "left for the night"
  run 0 test --offline -L unit --nightly
  says "-L nightly -L unit"
  silent_about --nightly
  # ctest leaves out what all of several -LE name; it has to be what any of them names.
  run 0 test --offline -L unit -LE 'browser|docker' --label-exclude=bench-smoke
  says "-L unit -LE nightly|browser|docker|bench-smoke"
  run 2 test --offline -L 'unit|scenario'
  says Keycloak
  run 2 test --offline -L library
  says jwcrypto
  says go-jose
  silent_about Keycloak
  fake ctest <<<'exit 8'
  run 1 test -L unit
}

makes_images_for_a_run_in_containers_and_for_no_other() {
  mkdir docker
  printf '#!/bin/sh\n[ "$1" = where ] && echo unix:///engine.sock; exit 0\n' >docker/ask
  printf '#!/bin/sh\necho "vault:1: as it is"; echo "programs:1: made"; [ ! -e ../full ]\n' >docker/local-images
  chmod +x docker/*
  run 0 run
  silent_about "programs:1"
  run 0 run --in docker
  says "image programs:1: made"
  silent_about "vault:1"
  says "program called with run --in docker"
  run 0 run --target-in=docker
  says "image programs:1: made"
  touch "$room/full"
  run 2 run --in docker
  silent_about "program called"
  # Which engine is missing is the program's to say.
  printf '#!/bin/sh\nexit 2\n' >docker/ask
  run 0 run --in docker
}

waits_for_another_one_and_says_for_what() {
  take components/keycloak-26.7.4
  mkdir -p "$room/cache/lock"
  exec {held}<>"$room/cache/lock/keycloak"
  flock "$held"
  echo "fetching Keycloak" >"$room/cache/lock/keycloak"
  ./iff run >"$room/said" 2>&1 {held}>&- &
  local other=$!
  for _ in {1..200}; do grep -q "waiting for" "$room/said" && break || pause; done
  give components/keycloak-26.7.4/bin/kc.sh
  exec {held}>&-
  wait "$other" || wrong "the one that waited ended with $?"
  said=$(cat "$room/said")
  says "waiting for another iff, which is fetching Keycloak"
  says "program called with run"
  silent_about "done fetching"
}

# ends_with SIGNAL CODE: so does ./iff in the middle of a step, and nothing it started outlives it.
ends_with() {
  take components/keycloak-26.7.4
  fake mvn <<<'echo $$ >../mvn.pid; exec /bin/sleep 300'
  ./iff run >"$room/said" 2>&1 &
  local other=$! code=0 pid state
  for _ in {1..200}; do [[ -s $room/mvn.pid ]] && break || pause; done
  kill -"$1" "$other"
  wait "$other" 2>/dev/null || code=$?
  [[ $code == "$2" ]] || wrong "it ended with $code"
  pid=$(cat "$room/mvn.pid")
  for _ in {1..200}; do
    state=$(ps -o stat= -p "$pid")
    [[ $state && $state != Z* ]] || return
    pause
  done
  wrong "what it started still runs"
}
ends_what_it_started_when_told_to_end() { ends_with TERM 143; }
ends_what_it_started_when_killed() { ends_with KILL 137; }

for name in $(declare -F | awk '{print $3}'); do
  [[ $name == *_*_* && $name != maven_brings_keycloak ]] || continue
  [[ $# == 0 || " $* " == *" $name "* ]] || continue
  echo "$name"
  arrange
  "$name"
done
exit "$failed"
