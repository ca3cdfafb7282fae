#!/usr/bin/env bash
# Is everything that an older revision tested still tested? Compares suites, scenarios, checks, mutants and what kills them
# with those of this tree, and prints what is gone, what differs, what is new, and counts.
#
#   scenarios/compare_with.sh REVISION [EXPLANATIONS]         with this tree
#   scenarios/compare_with.sh --trees OLD NEW [EXPLANATIONS]  two folders
#   scenarios/compare_with.sh --list [FOLDER]                 what there is, a line each: kind, name, value
#
# EXPLANATIONS, default docs/since-REVISION.md, says in list items why something is gone or differs; `*` is any text:
#   - `gone check tokens/times:exp-*`: why
#   - `renamed jira-gone upstream-gone`: why        each such word of the old names and texts is read as the new one
# A condition, a step or a target that changed differs, as a level does: whatever is weaker than it was shows as one of the two.
#
# Exit codes: 0 nothing is gone and nothing differs but what is explained, 1 something is, or an explanation explains nothing,
# 2 a file cannot be read, 3 there is no such history here, 64 bad usage.
set -euo pipefail
shopt -s nullglob
export LC_ALL=C.UTF-8
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
usage() {
  sed -n '5,7s/^# *//p' "${BASH_SOURCE[0]}" >&2
  exit 64
}

# Functions for awk. Texts in quotes may hold anything, also what ends a mapping.
reading='
function fail(what) { print FILENAME ": " what >"/dev/stderr"; bad = 1; exit 2 }
# Where the bracket that opens at `at` is closed.
function closing(text, at,   i, c, depth, quoted) {
  for (i = at; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (quoted) {
      if (c == "\\" && quoted == "\"") i++
      else if (c == quoted) quoted = ""
    }
    else if (c == "\"" || (c == apostrophe && substr(text, i - 1, 1) ~ /[ \[{(,]/)) quoted = c
    else if (c ~ /[\[{(]/) depth++
    else if (c ~ /[\]})]/ && --depth == 0) return i
  }
  fail("a bracket is not closed: " substr(text, at, 60))
}
# A line without its comment, which begins with `mark` outside of quotes.
function uncommented(line, mark,   i, c, quoted) {
  if (!index(line, mark)) return line
  for (i = 1; i <= length(line); i++) {
    c = substr(line, i, 1)
    if (quoted) {
      if (c == "\\" && quoted == "\"") i++
      else if (c == quoted) quoted = ""
    }
    else if (c == "\"" || (c == apostrophe && substr(line, i - 1, 1) ~ /[ \[{(,]/)) quoted = c
    else if (substr(line, i, length(mark)) == mark && (i == 1 || substr(line, i - 1, 1) == " ")) return substr(line, 1, i - 1)
  }
  return line
}
function squeezed(text) { gsub(/[ \n]+/, " ", text); sub(/^ /, "", text); sub(/ $/, "", text); return text }
function after(text, begin) { return substr(text, index(text, begin) + length(begin)) }
# Words without order and without doubles, as text.
function set_of(text,   words, count, i, j, word, sorted) {
  count = split(text, words, " ")
  for (i = 2; i <= count; i++) {
    word = words[i]
    for (j = i - 1; j >= 1 && words[j] > word; j--) words[j + 1] = words[j]
    words[j + 1] = word
  }
  for (i = 1; i <= count; i++) if (i == 1 || words[i] != words[i - 1]) sorted = sorted " " words[i]
  return substr(sorted, 2)
}
function mutant_line(name, fault, targets, suites, changed) {
  print "mutant\t" name "\tfault: " fault " targets: " set_of(targets) "; suites: " set_of(suites) (changed == "" ? "" : "; system: " changed)
}
'

# Of a scenario file: the suite, the scenario with all it does, and each check with its level and condition.
scenarios_of() {
  awk -v apostrophe="'" "$reading"'
    { line = uncommented($0, "#"); sub(/ +$/, "", line) }
    # Keys that were renamed, by their newer names: CHANGELOG.md.
    { if (match(line, /(^|[ {,])subjects:/)) sub(/subjects:/, "principals:", line) }
    line ~ /^id:/ { id = squeezed(substr(line, 4)); next }
    line ~ /^title:/ { next }
    { text = text line "\n" }
    END {
      if (bad) exit 2
      if (id == "") fail("a scenario without an id")
      print "suite\t" substr(id, 1, index(id, "/") - 1) "\t"
      while (match(text, /\{check: */)) {
        start = RSTART
        end = closing(text, start)
        check = squeezed(substr(text, start + 7, end - start - 7))
        text = substr(text, 1, start - 1) "(check)" substr(text, end + 1)
        name = check
        sub(/,.*/, "", name)
        if (check !~ /level: (must|should)/) fail("no level in " check)
        print "check\t" id ":" name "\t" substr(check, length(name) + 3)
      }
      if (text ~ /check:/) fail("a check that is not {check: ...}")
      # What is checked is told by the checks.
      gsub(/\(check\)(,? *\n? *(- )?\(check\))*/, "", text)
      print "scenario\t" id "\t" squeezed(text)
    }' "$1"
}

# Of a table of mutants in C++: each with its fault, targets, suites and system, and what may kill it.
tables_of() {
  awk -v apostrophe="'" "$reading"'
    function member(of, name,   at, text) {  # texts in quotes, with blanks between
      if (!match(of, "[.]" name " = [{]")) return ""
      at = RSTART + RLENGTH - 1
      text = substr(of, at + 1, closing(of, at) - at - 1)
      gsub(/"/, "", text)
      gsub(/,/, " ", text)
      return squeezed(text)
    }
    function texts(of,   said) {  # what stands in quotes at the begin, joined as the compiler does
      while (match(of, /^[ \n]*"([^"\\]|\\.)*"/)) {
        said = said after(substr(of, 1, RLENGTH - 1), "\"")
        of = substr(of, RLENGTH + 1)
      }
      gsub(/\\"/, "\"", said)
      return said
    }
    { text = text uncommented($0, "//") "\n" }
    END {
      if (bad) exit 2
      if ((start = index(text, "Family family{"))) suites_of_all = member(substr(text, start, closing(text, start + 13) - start), "suites")
      while (match(text, /[.]Add\(/)) {
        text = substr(text, RSTART + RLENGTH)
        start = index(text, "{")
        entry = substr(text, start, closing(text, start) - start + 1)
        name = texts(after(entry, ".name ="))
        fault = texts(after(entry, ".fault ="))
        if (name !~ /^[a-z0-9-]+$/ || fault == "") fail("a mutant without name or fault: " substr(entry, 1, 60))
        suites = member(entry, "suites")
        mutant_line(name, fault, member(entry, "targets"), (suites == "" ? suites_of_all : suites) " " member(entry, "also"),
          member(entry, "system"))
        count = split(member(entry, "sometimes"), checks, " ")
        for (i = 1; i <= count; i++) print "sometimes\t" name " " checks[i] "\t"
      }
    }' "$1"
}

# Of kills.yaml: what each mutant is killed by, of each target.
kills_of() {
  awk "$reading"'
    /^#/ || /^ *$/ { next }
    /^[a-z0-9-]+:$/ { mutant = substr($1, 1, length($1) - 1); next }
    /^  [a-z0-9-]+:$/ { target = substr($1, 1, length($1) - 1); next }
    /^    - [a-z0-9-]+$/ { print "kill\t" mutant "@" target " " $2 "\t"; next }
    { fail("not understood: " $0) }' "$1"
}

# Of a mutant that is a folder with a README, as they were before there were tables (docs/decisions/0040). It names no target of
# a kill.
readme_of() {
  awk -v name="$(basename "$(dirname "$1")")" "$reading"'
    function quoted(line,   words) {
      while (match(line, /`[^`]+`/)) {
        words = words (words == "" ? "" : " ") substr(line, RSTART + 1, RLENGTH - 2)
        line = substr(line, RSTART + RLENGTH)
      }
      return words
    }
    /^Fault:/ { fault = squeezed(substr($0, 7)) }
    /^Targets:/ { targets = quoted($0) }
    /^Suites:/ { suites = quoted($0) }
    /^System:/ { changed = quoted($0); gsub(/[.]weakness=/, ".misconfiguration=", changed) }
    /^Caught by/ { kind = "kill" }
    /^Sometimes also by/ { kind = "sometimes" }
    /^- / && kind { count = split(quoted($0), checks, " "); for (i = 1; i <= count; i++) print kind "\t" name " " checks[i] "\t" }
    END { mutant_line(name, fault, targets, suites, changed) }' "$1"
}

list() {
  local file
  cd "$1"
  {
    for file in scenarios/*/*.yaml systems/*/scenarios/*.yaml systems/*/scenarios/*/*.yaml; do scenarios_of "$file" || exit 2; done
    if [[ -e servers/mutants/kills.yaml ]]; then
      for file in servers/mutants/*.cc; do tables_of "$file" || exit 2; done
      kills_of servers/mutants/kills.yaml || exit 2
    else
      for file in servers/mutants/*/README.md; do readme_of "$file" || exit 2; done
    fi
    for file in systems/*/mutants; do
      awk -v system_name="$(basename "$(dirname "$file")")" '
        { for (i = 2; i <= NF; i++) print "kill\t" $1 "@" system_name " " $i "\t" }' "$file"
    done
  } | sort -u
}

# compare OLD NEW EXPLANATIONS: of two files that `list` made.
compare() {
  local renames
  renames=$(sed -n 's/^- `renamed \([^ `]*\) \([^ `]*\)`: .*/\1 \2/p' "$3" | tr '\n' ' ')
  awk -F '\t' -v OFS='\t' -v renames="$renames" '
    BEGIN { renamed = split(renames, rename, " ") }
    # In the words of now.
    function renewed(   i, text) {
      text = $0
      for (i = 1; i < renamed; i += 2) if (gsub(rename[i], rename[i + 1], text)) used_rename[i] = 1
      $0 = text
    }
    # Lists that do not name the targets of kills are compared with as little.
    function key(kind, name) {
      if (kind == "kill" && anonymous) sub(/@[^ ]*/, "", name)
      return kind " " name
    }
    function pattern(text) { gsub(/[][.+?(){}|^$\\]/, "\\\\&", text); gsub(/\*/, ".*", text); return "^" text "$" }
    function explained(what,   i) {
      for (i = 1; i <= explanations; i++) if (what ~ why_of[i]) { used[i]++; return "   (" reason[i] ")" }
      lost++
      return ""
    }
    function parting(a, b,   i) {  # where two texts part, with a little of what comes before
      for (i = 1; substr(a, i, 1) == substr(b, i, 1); i++);
      return i > 30 ? i - 30 : 1
    }
    FNR == 1 { pass++ }
    pass <= 2 { if ($1 == "kill" && !index($2, "@")) anonymous = 1; next }
    pass == 3 {
      renewed()
      name = key($1, $2)
      kind_of[name] = $1
      if (name in old) { if ($1 != "kill" && old[name] != $3) old[name] = old[name] "; " $3; next }
      old[name] = $3
      before[$1]++
      olds[++total] = name
      next
    }
    pass == 4 {
      name = key($1, $2)
      kind_of[name] = $1
      if (name in new) { if ($1 != "kill") new[name] = new[name] "; " $3; next }
      new[name] = $3
      now[$1]++
      news[++others] = name
      next
    }
    match($0, /^- `(gone|differs) [^`]+`: ./) {
      rest = substr($0, 4)
      told[++explanations] = substr(rest, 1, index(rest, "`") - 1)
      why_of[explanations] = pattern(told[explanations])
      reason[explanations] = substr(rest, index(rest, "`: ") + 3)
    }
    END {
      for (i = 1; i <= total; i++) {
        name = olds[i]
        if (!(name in new)) { gone[kind_of[name]]++; print "gone     " name explained("gone " name) }
        else if (new[name] != old[name]) {
          differ[kind_of[name]]++
          at = parting(old[name], new[name])
          print "differs  " name explained("differs " name)
          print "           was: " substr(old[name], at, 160)
          print "           is:  " substr(new[name], at, 160)
        }
      }
      for (i = 1; i <= others; i++) if (!(news[i] in old)) { fresh[kind_of[news[i]]]++; print "new      " news[i] }
      kinds = split("suite scenario check mutant kill sometimes", kind, " ")
      printf "%-10s %7s %7s %7s %7s %7s\n", "", "before", "now", "gone", "differ", "new"
      for (i = 1; i <= kinds; i++) {
        k = kind[i]
        printf "%-10s %7d %7d %7d %7d %7d\n", k, before[k], now[k], gone[k], differ[k], fresh[k]
      }
      if (anonymous) print "kills are compared without their targets, which one of the two does not name"
      for (i = 1; i < renamed; i += 2) {
        if (!used_rename[i]) { print "explains nothing: renamed " rename[i] " " rename[i + 1]; lost++ }
      }
      for (i = 1; i <= explanations; i++) if (!used[i]) { print "explains nothing: " told[i]; lost++ }
      if (lost) print lost " without an explanation, or explanations without need"
      exit lost > 0
    }' "$1" "$2" "$1" "$2" "$3"
}

# history_of REVISION FOLDER: what `list` reads, as it was.
history_of() {
  local commit path paths=()
  if ! [[ $(git -C "$root" rev-parse --show-toplevel 2>/dev/null) -ef $root ]]; then
    echo "NOT COMPARED with $1: this tree has no git history of its own, as where it was unpacked from an archive" >&2
    exit 3
  fi
  commit=$(git -C "$root" rev-parse --quiet --verify "$1^{commit}") || {
    echo "NOT COMPARED with $1: the git history here has no such revision; a shallow clone wants git fetch --unshallow" >&2
    exit 3
  }
  for path in scenarios systems servers/mutants; do
    if git -C "$root" cat-file -e "$commit:$path" 2>/dev/null; then paths+=("$path"); fi
  done
  ((${#paths[@]})) || { echo "NOT COMPARED with $1: it has no scenarios" >&2; exit 3; }
  git -C "$root" archive "$commit" "${paths[@]}" | tar -x -C "$2"
}

case ${1:-} in
  --list)
    (($# <= 2)) || usage
    (list "${2:-$root}")
    exit ;;
  --trees)
    [[ $# -ge 3 && $# -le 4 ]] || usage
    old=$2 new=$3 explanations=${4:-} ;;
  -* | '') usage ;;
  *)
    (($# <= 2)) || usage
    old='' new=$root explanations=${2:-$root/docs/since-$1.md} ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [[ ! $old ]]; then
  old=$work/old
  mkdir "$old"
  history_of "$1" "$old"
fi
[[ -e $explanations ]] || explanations=/dev/null
for each in old new; do
  (list "${!each}") >"$work/$each.list"
  [[ -s $work/$each.list ]] || { echo "${!each}: no scenario and no mutant is there" >&2; exit 2; }
done
compare "$work/old.list" "$work/new.list" "$explanations"
