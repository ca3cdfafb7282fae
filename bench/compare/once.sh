# shellcheck shell=bash
# Making what is compared with, once, in the folder $compare: for the scripts here.

# once NAME FILE... -- COMMAND...: has $compare/NAME-SUM made by COMMAND, by the sum of the files; prints where it is.
once() {
  local made=$compare/$1 files=()
  shift
  while [[ $1 != -- ]]; do files+=("$1"); shift; done
  shift
  made+=-$(cat "${files[@]}" | sha256sum | cut -c1-12)
  if [[ ! -e $made ]]; then
    rm -rf "$made.tmp"
    mkdir -p "$made.tmp"
    "$@" "$made.tmp" >&2 || return 1
    mv -T "$made.tmp" "$made"
  fi
  echo "$made"
}
