#!/usr/bin/env bash
# Of scenarios/compare_with.sh:
#   compare_with_test.sh small           two small trees, one in the older form, one in today's
#   compare_with_test.sh since FOLDER    this tree with each revision that has a docs/since-REVISION.md; FOLDER is for why not
# Exit codes: 0 it holds, 1 it does not, 3 it was not run, which FOLDER/not-run explains.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
compare=$here/compare_with.sh
# shellcheck source=harness/cli/tier.sh
. "$here/../harness/cli/tier.sh"

if [[ $1 == since ]]; then
  folder=$2
  mkdir -p "$folder"
  for explained in "$here"/../docs/since-*.md; do
    revision=$(basename "$explained" .md)
    code=0
    "$compare" "${revision#since-}" 2>"$folder/complained" || code=$?
    cat "$folder/complained" >&2
    ((code != 3)) || not_run "the comparison with revision ${revision#since-}" "$(<"$folder/complained")"
    ((code == 0)) || exit 1
  done
  exit
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"/{old,new}/scenarios/doors "$folder"/{old,new}/servers/mutants "$folder"/new/systems/two/scenarios \
  "$folder"/old/servers/mutants/{left-open,in-clear}

# The older form: people are subjects, a mutant is a folder, and a wrong system has a weakness.
cat >"$folder/old/scenarios/doors/front.yaml" <<'YAML'
id: doors/front
title: "The front door: 'shut' {check: nothing}"
targets: any
given:
  subjects: [alice, {name: bob, holds: []}]   # {check: not-one, level: must}
steps:
  - {obtain: token, for: alice}
  - call: read_own
    with: token
    expect:
      - {check: front-is-shut, level: must, status: [400, 401], clause: "RFC 9110 {section} 1"}   # A01
      - {check: front-says-why, level: should, tally: {what: "it's }"}}
  - {call: read_own, with: "a # token", expect: [{check: front-opens, level: must, discloses: alice}]}
YAML
cat >"$folder/old/servers/mutants/left-open/README.md" <<'MARKDOWN'
# left-open

Fault: The door named "front" is open.
Targets: `jira`, `github`
Suites: `doors`, `audit`

Caught by:

- `front-is-shut`, `front-says-why`

Sometimes also by, as who comes first decides:

- `front-opens`
MARKDOWN
cat >"$folder/old/servers/mutants/in-clear/README.md" <<'MARKDOWN'
Fault: The log is in clear.
System: `vault.weakness=audit-in-clear`
Targets: `jira`
Suites: `doors`

Caught by:

- `front-opens`
MARKDOWN

# Today's form of the same.
sed 's/subjects:/principals:/; s/   # A01//' "$folder/old/scenarios/doors/front.yaml" >"$folder/new/scenarios/doors/front.yaml"
cat >"$folder/new/servers/mutants/doors.cc" <<'CC'
Family DoorMutants() {
  Family family{.name = "doors", .suites = {"doors"}};
  // Whoever's {
  family.Add({.name = "left-open", .fault = "The door named \"front\" is open.",
              .targets = {"jira", "github"}, .also = {"audit"},
              .sometimes = {"front-opens"}},  // who comes first decides: {
             [](Hooks& hooks) { hooks.on_request = [](HttpRequest& request) { request.body = "{"; }; });
  family.Add(
      {.name = "in-clear",
       .fault =
           "The log is "
           "in clear.",
       .targets = {"jira"},
       .system = {"vault.misconfiguration=audit-in-clear"}});
  return family;
}
CC
cat >"$folder/new/servers/mutants/kills.yaml" <<'YAML'
# Which checks each mutant is killed by.
in-clear:
  jira:
    - front-opens
left-open:
  github:
    - front-is-shut
  jira:
    - front-is-shut
    - front-says-why
YAML
why=$folder/why.md
touch "$why"
trees() { "$compare" --trees "$folder/old" "$folder/new" "$why"; }

# Nothing but the form differs.
fails_with 0 "check            3       3       0       0       0" "mutant           2       2       0       0       0" \
  "kill             3       3       0       0       0" "sometimes        1       1" "compared without their targets" -- trees
! grep -qE "^(gone|differs|new) " "$folder/said" || wrong "forms were taken for contents: $(<"$folder/said")"

# What is new loses nothing; a system's own scenarios and mutants count.
cat >"$folder/new/systems/two/scenarios/back.yaml" <<'YAML'
id: two/back
title: The back door
target: echo
steps:
  - {call: read_own, expect: [{check: back-is-shut, level: must, status: 401}]}
YAML
echo "back-open back-is-shut" >"$folder/new/systems/two/mutants"
fails_with 0 "new      suite two" "new      scenario two/back" "new      check two/back:back-is-shut" \
  "new      kill back-open back-is-shut" -- trees

# Each loss is named: a weaker level, another condition or step, a check, a kill, a mutant.
edit() { sed -i "$2" "$folder/new/$1"; }
edit scenarios/doors/front.yaml 's/front-is-shut, level: must/front-is-shut, level: should/; /front-says-why/d; s/"a # token"/token/'
edit servers/mutants/kills.yaml '/front-says-why/d; /^in-clear/,/front-opens/d'
edit servers/mutants/doors.cc 's/"in-clear"/"in-cipher"/; s/, "github"}/}/'
fails_with 1 "differs  check doors/front:front-is-shut" "gone     check doors/front:front-says-why" "differs  scenario doors/front" \
  "gone     kill left-open front-says-why" "gone     mutant in-clear" "gone     kill in-clear front-opens" "new      mutant in-cipher" \
  "differs  mutant left-open" "7 without an explanation" -- trees

# An explanation is for what it names, and for nothing else.
cat >"$why" <<'MARKDOWN'
- `gone * in-clear*`: it is called in-cipher.
- `gone check doors/front:front-says-why`: nobody says why any more.
- `gone kill left-open front-says-why`: as it is gone.
- `differs * doors/front*`: the door is of glass.
MARKDOWN
fails_with 1 "gone     mutant in-clear   (it is called in-cipher.)" "1 without an explanation" -- trees
echo '- `differs mutant left-open`: GitHub has no door.' >>"$why"
fails_with 0 "differs  mutant left-open   (GitHub has no door.)" -- trees
echo '- `gone suite windows`: there never were any.' >>"$why"
fails_with 1 "explains nothing: gone suite windows" -- trees

# What has another name is what it was, and a new name that nothing had is said.
sed -i 's/front-says-why/front-tells-why/' "$folder/old/scenarios/doors/front.yaml"
sed -i '/explains nothing/d; /windows/d; /front-says-why/d' "$why"
cat >>"$why" <<'MARKDOWN'
- `renamed front-tells-why front-says-why`: as it says.
- `gone check doors/front:front-says-why`: nobody says why any more.
- `gone kill left-open front-says-why`: as it is gone.
MARKDOWN
fails_with 0 "gone     check doors/front:front-says-why" -- trees
echo '- `renamed windows doors`: there never were any.' >>"$why"
fails_with 1 "explains nothing: renamed windows doors" -- trees

# Nobody counts what could not be read, and what cannot be compared is no success.
echo '  - check: in-another-form' >>"$folder/new/scenarios/doors/front.yaml"
fails_with 2 "a check that is not {check: ...}" -- trees
mkdir "$folder/nothing" "$folder/unpacked" "$folder/unpacked/scenarios"
fails_with 2 "no scenario and no mutant is there" -- "$compare" --trees "$folder/nothing" "$folder/new"
cp "$compare" "$folder/unpacked/scenarios"
fails_with 3 "NOT COMPARED with f36b960: this tree has no git history" -- "$folder/unpacked/scenarios/compare_with.sh" f36b960
fails_with 64 "compare_with.sh REVISION" -- "$compare"
