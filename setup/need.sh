# shellcheck shell=bash
# From a command line to what must be there for it, and having it there.

# needed_for COMMAND ARGUMENT...: the things COMMAND uses, into $needed.
needed_for() {
  local command=$1 all="$*"
  needed=()
  # What a command is, it says itself; and a plan is read from files alone.
  [[ ! " $all " =~ \ (--help|-h|--plan)\  ]] || return 0
  case $command in
    run | up | watch | shell | record | replay | stress | bench | matrix | mutants | fuzz)
      needed_by_project "$@" && return
      needed=(postgres jdk keycloak)
      if [[ $all =~ --vault[=\ ]hashicorp ]]; then needed+=(vault); else needed+=(openbao); fi
      ;;
    init) needed=(jdk keycloak) ;;
    test)
      # Tests of these labels start nothing.
      [[ $all =~ (-L|--label-regex)[=\ ]*(unit|golden|shape|bench-smoke|fuzz|sanitizer)(\|(unit|golden|shape|bench-smoke|fuzz|sanitizer))*( |$) ]] ||
        needed=(postgres jdk keycloak openbao vault node mcp_node browser
          examples_python examples_typescript examples_go examples_published_python examples_published_node
          jose_python jose_go)
      # The form of the sources is judged by programs of others.
      [[ $all =~ (-L|--label-regex)[=\ ] && ! $all =~ (-L|--label-regex)[=\ ]*[a-z|-]*shape ]] || needed+=(checkers)
      [[ ! $all =~ --nightly ]] || needed+=(clang)
      # These start nothing but two libraries of others.
      [[ ! $all =~ (-L|--label-regex)[=\ ]*library( |$) ]] || needed=(jose_python jose_go)
      ;;
  esac
}

# names_driver NAME FILE: whether a component of the file is started by that driver, quoted or not.
names_driver() { grep -qE "^[^#]*driver: *[\"']?$1[\"']? *([,}#]|\$)" "$2"; }

# needed_by_project COMMAND ARGUMENT...: what the project file that is given, or the one that lies here, asks for. False
# without such a file.
needed_by_project() {
  local file=iff.yaml word next='' name
  for word in "$@"; do
    [[ ! $next ]] || file=$word
    next=
    [[ $word != --system ]] || next=1
    [[ $word != --system=* ]] || file=${word#--system=}
  done
  [[ -f $file ]] || file=$IFF_ROOT/systems/$file/system.yaml
  [[ -f $file ]] || return
  ! names_driver keycloak "$file" || needed+=(jdk keycloak)
  ! names_driver postgres "$file" || needed+=(postgres)
  if names_driver vault "$file"; then
    if [[ $* =~ --vault[=\ ]hashicorp ]]; then needed+=(vault); else needed+=(openbao); fi
  fi
  # The examples that come with iff.
  ! grep -q "{tools}/node-22" "$file" || needed+=(node)
  for name in python typescript go published-python published-node; do
    ! grep -q "{tools}/examples-$name" "$file" || needed+=("examples_${name/-/_}")
  done
}

# A checksum over everything that decides whether the set-up is complete.
inputs_of() {
  {
    cat "$IFF_ROOT"/setup/*.{sh,txt} "$IFF_ROOT/setup/node/package-lock.json" \
      "$IFF_ROOT"/fixtures/vault/build/*/{go.*,main.go}
    cat "$IFF_ROOT"/examples/{requirements.txt,typescript-sdk/package-lock.json,go-sdk/{main.go,go.sum}} \
      "$IFF_ROOT"/examples/published/{requirements.txt,releases/*.txt,package-lock.json} \
      "$IFF_ROOT"/harness/jose/libraries/{requirements.txt,main.go,go.sum} 2>/dev/null || true
    stat -c %Y /var/lib/dpkg/status 2>/dev/null || true
  } | sha256sum
}

# What the user has already is used instead of making it.
use_installed() {
  local name=$1 variable=${named_by[$1]:-} found
  if [[ $variable && ${!variable:-} ]]; then
    stop "$variable is ${!variable}, but there is no ${title[$name]} to run" \
      "name one that is there, or none: without $variable it is fetched or built"
  elif [[ ${on_path[$name]:-} ]] && found=$(command -v "${on_path[$name]}"); then
    say "using $found for ${title[$name]}"
    export "$variable=$found"
  fi
}

all_there() {
  local name
  for name in "${needed[@]}"; do "have_$name" || return; done
}

need_things() {
  local name missing=() absent=() tags=() its_tags=()
  for name in "${needed[@]}"; do
    "have_$name" && continue
    local tool=${made_with[$name]:-}
    if [[ $tool && " ${needed[*]} ${missing[*]} " != *" $tool "* ]] && ! "have_$tool"; then missing+=("$tool"); fi
    missing+=("$name")
  done
  for name in "${missing[@]}"; do
    read -ra its_tags <<<"${tag[$name]:-}" || true
    tags+=("${its_tags[@]}")
    [[ ! $offline ]] || { declare -F "local_$name" >/dev/null && "local_$name"; } || absent+=("${title[$name]}")
  done
  ((${#absent[@]} == 0)) || stop "offline, and this is not in the cache ($IFF_CACHE):" "${absent[@]}" \
    "the same command without --offline fetches and builds what is missing"
  need_packages "${tags[@]}"
  for name in "${missing[@]}"; do need_thing "$name"; done
}

need_thing() {
  local name=$1 doing="${verb[$1]} ${title[$1]}"
  "have_$name" && return
  declare -F "get_$name" >/dev/null || stop "$doing did not bring it where it was expected" "${instead[$name]}"
  # One Go build at a time: two side by side take longer than one after the other, and three run out of memory.
  await_lock "$IFF_CACHE/lock/$([[ ${made_with[$name]:-} == go ]] && echo go-build || echo "$name")" "$doing"
  "have_$name" || run_step "$name" "$doing" "${usually[$name]}" "${instead[$name]}" "get_$name"
  let_go
}

# set_up: has everything in $needed there. With nothing missing since last time it looks at one stamp and the things.
set_up() {
  local name stamp
  inputs=$(inputs_of)
  inputs=${inputs%% *}
  stamp=$IFF_CACHE/stamps/$inputs
  for name in "${needed[@]}"; do "have_$name" || use_installed "$name"; done
  [[ -e $stamp ]] && all_there && return
  mkdir -p "$IFF_CACHE"/{components,downloads,lock,logs,stamps,tmp,tools}
  need_things
  touch "$stamp"
}
