#!/usr/bin/env bash
# completion_test.sh IFF: what bash proposes with the script that IFF prints.
set -uo pipefail
iff=$1
failed=0
# shellcheck source=/dev/null
source <("$iff" completion bash)

# proposes EXPECTED WORD...: typing WORD... proposes EXPECTED, blanks between.
proposes() {
  local expected=$1
  shift
  COMP_WORDS=("$iff" "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _iff
  [[ "${COMPREPLY[*]}" == "$expected" ]] && return
  echo "FAILED: 'iff $*' proposes '${COMPREPLY[*]}' instead of '$expected'"
  failed=1
}

proposes "lint list" li
proposes "scan" sc
proposes "--plan" run --pl
proposes "--mutant" run --mut
proposes "jira" run --target ji
proposes "openbao" run --vault o
proposes "isolation/matrix isolation/matrix@github isolation/matrix@jira isolation/matrix@postgres" run isolation/matr
proposes "" nonsense x
exit $failed
