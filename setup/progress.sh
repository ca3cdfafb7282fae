# shellcheck shell=bash
# Saying what goes on, and running one slow step: under a lock, into a log, with signs of life.
# Everything is written to standard error, so that `--json` output stays clean.

step_pid=
watch_pid=
live=
if [[ -t 2 && ${TERM:-dumb} != dumb && -z ${NO_COLOR:-} ]]; then live=1; fi

say() { printf '%siff: %s\n' "${live:+$'\r\e[K'}" "$*" >&2; }

# stop MESSAGE...: the set-up cannot go on.
stop() {
  say "$1"
  shift
  (($# == 0)) || printf '     %s\n' "$@" >&2
  exit 2
}

# Steps run in process groups of their own, so that ending one ends everything it started.
end_step() {
  local pid
  for pid in $watch_pid $step_pid; do kill -- "-$pid" 2>/dev/null || true; done
  step_pid=
  watch_pid=
}
trap end_step EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# What Ninja last said about how far it is, if LOG is Ninja's.
how_far() { tail -c 400 "$1" 2>/dev/null | grep -oE '\[[0-9]+/[0-9]+\]' | tail -n 1 || true; }

# Reports on the step $step_pid until it ends. If this script was killed without a chance to tidy up, ends the step.
watch_step() {
  local doing=$1 usually=$2 log=$3 seconds=0
  while sleep 1; do
    kill -0 "$$" 2>/dev/null || { kill -- "-$step_pid"; return; }
    ((seconds += 1))
    local line
    line="$doing: $seconds s so far${usually:+, usually $usually} $(how_far "$log")"
    if [[ $live ]]; then
      printf '\r\e[Kiff: %s' "$line" >&2
    elif ((seconds % 15 == 0)); then
      printf 'iff: %s\n' "$line" >&2
    fi
  done
}

# await_lock FILE DOING: takes the lock, which $lock holds until let_go. Its holder writes what it does into the file.
await_lock() {
  local since=$SECONDS
  exec {lock}<>"$1"
  if ! flock -n "$lock"; then
    say "waiting for another iff, which is $(<"$1")"
    until flock -w 15 "$lock"; do say "still waiting, $((SECONDS - since)) s so far; the other one is $(<"$1")"; done
  fi
  printf '%s' "$2" >"$1"
}
let_go() { exec {lock}>&-; }

# run_step NAME DOING USUALLY INSTEAD COMMAND...: runs COMMAND with its output in a log; if it fails, shows the end of
# the log and what could be done INSTEAD, and stops.
run_step() {
  local name=$1 doing=$2 usually=$3 instead=$4 log=$IFF_CACHE/logs/$1.log status=0
  shift 4
  local began=${EPOCHREALTIME/[.,]/}
  [[ ! $live ]] && say "$doing${usually:+ (usually $usually)}"
  set -m
  (set +m -e; "$@") </dev/null >"$log" 2>&1 &
  step_pid=$!
  (set +m; let_go; watch_step "$doing" "$usually" "$log") </dev/null &
  watch_pid=$!
  set +m
  wait "$step_pid" || status=$?
  step_pid=
  local tenths=$(((${EPOCHREALTIME/[.,]/} - began) / 100000))
  end_step
  if ((status == 0)); then
    say "done $doing in $((tenths / 10)).$((tenths % 10)) s"
    return
  fi
  say "$doing failed after $((tenths / 10)) s; the end of $log:"
  tail -n 30 "$log" | sed 's/^/     | /' >&2
  [[ $instead ]] && say "$instead"
  exit 2
}
