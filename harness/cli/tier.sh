# shellcheck shell=bash
# What the test tiers that try the whole program share: `docker` (docker/tier) and `trouble` (trouble/tier). Wanted before
# it is read: $folder, for what is written; $programs, where iff is.

# not_run WHAT WHY: tells it here and, by way of FOLDER/not-run, at the end of ./iff test. CTest lists it as not run.
not_run() {
  echo "$1 was not run: $2" | tee "$folder/not-run"
  exit 3
}

wrong() { echo "WRONG: $*" >&2; exit 1; }

# run WHERE ARGUMENT...: iff run into FOLDER/WHERE, as little as possible said when it is green.
run() {
  local where=$1
  shift
  "$programs/iff" run --quiet --output "$folder/$where" "$@"
}

# await SECONDS WHAT COMMAND...: until COMMAND succeeds; what else there is to tell is what `left` says.
await() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    ((SECONDS < until)) || wrong "$what; $(left)"
    read -rt 0.1 <> <(:) || :
  done
}

# fails_with CODE TEXT... -- COMMAND...: COMMAND ends with CODE and says every TEXT. What it said is in FOLDER/said, and what
# of that is an error in FOLDER/complained.
fails_with() {
  local wanted=$1 texts=() code=0 text
  shift
  while [[ $1 != -- ]]; do texts+=("$1"); shift; done
  "${@:2}" >"$folder/said" 2>"$folder/complained" || code=$?
  cat "$folder/complained" >>"$folder/said"
  [[ $code == "$wanted" ]] || wrong "${*:2} ended with $code, not $wanted: $(<"$folder/said")"
  for text in "${texts[@]}"; do
    grep -qF -- "$text" "$folder/said" || wrong "${*:2} does not say '$text': $(<"$folder/said")"
  done
  echo "as it should be: $(grep -F -- "${texts[0]}" "$folder/said" | head -n 1 | cut -c 1-200)"
}

# take_port: somebody else listens at 127.0.0.1:$port until give_port_back.
take_port() {
  coproc python3 -uc 'import socket, sys
taken = socket.socket()
taken.bind(("127.0.0.1", 0))
taken.listen()
print(taken.getsockname()[1])
sys.stdin.read()'
  read -r port <&"${COPROC[0]}"
}
give_port_back() { eval "exec ${COPROC[1]}>&-"; }
