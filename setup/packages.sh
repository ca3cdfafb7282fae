# shellcheck shell=bash
# Debian packages: which are missing, and installing them.

# missing_packages TAG...: those of packages.txt that every build needs or that carry one of the tags.
missing_packages() {
  local line name tags one wanted=()
  while read -r line; do
    line=${line%%#*}
    [[ $line ]] || continue
    read -r name tags <<<"$line"
    if [[ ! $tags ]]; then wanted+=("$name"); continue; fi
    for one in "$@"; do
      [[ " $tags " != *" $one "* ]] || { wanted+=("$name"); break; }
    done
  done <"$IFF_ROOT/setup/packages.txt"
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
  for name in "${wanted[@]}"; do
    [[ $'\n'$installed$'\n' == *$'\n'"installed $name"$'\n'* ]] || echo "$name"
  done
}

install_packages() {
  "${as_root[@]}" apt-get -q update || echo "going on with the package lists there are"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
    -o DPkg::Lock::Timeout=600 install "$@"
}

# need_packages TAG...
need_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "this is no Debian: what setup/packages.txt lists has to be here already"
    return
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  local by_hand="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  [[ ! $offline ]] || stop "offline, and these Debian packages are not installed:" "${missing[*]}"
  as_root=()
  if [[ $(id -u) != 0 ]]; then
    sudo -n true 2>/dev/null ||
      stop "Debian packages are missing, and installing them needs root. Once, as root:" "$by_hand"
    as_root=(sudo -n)
  fi
  say "missing Debian packages: ${missing[*]}"
  await_lock "$IFF_CACHE/lock/packages" "installing Debian packages"
  run_step packages "installing ${#missing[@]} Debian packages" "1 to 3 min" "by hand, as root: $by_hand" \
    install_packages "${missing[@]}"
  let_go
}
