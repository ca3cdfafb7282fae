#include "reports/wording.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include "harness/core/plain.h"
#include "harness/run/claims.h"
#include "reports/findings.h"

namespace iff {
namespace {

// Who was kept apart: everybody of the matrix, if each reached their own things and nobody else's.
// Empty unless every cell is as expected and there was something to keep apart.
std::vector<std::string> KeptApart(const RunResult& run) {
  std::set<std::string> reached_own;
  bool withheld = false;
  for (const ScenarioResult& scenario : run.scenarios) {
    for (const MatrixCell& cell : scenario.matrix) {
      if (cell.verdict != Verdict::kPassed || cell.expected != cell.reached) return {};
      if (cell.expected && cell.caller == cell.owner) reached_own.insert(cell.caller);
      if (!cell.expected && cell.caller != cell.owner) withheld = true;
    }
  }
  if (!withheld || reached_own.size() < 2) return {};
  return {reached_own.begin(), reached_own.end()};
}

// The first of `parts`, so that with "3 more of this kind" at the end there are at most `named`.
std::vector<std::string> Shortened(std::vector<std::string> parts, size_t named, const std::string& more) {
  if (parts.size() > named) {
    const auto untold = static_cast<int64_t>(parts.size() - named + 1);
    parts.resize(named - 1);
    parts.push_back(Thousands(untold) + " " + more);
  }
  return parts;
}

// Whose things came into whose hands: what somebody who opens a failed run wants to know first.
std::vector<std::string> Crossings(const RunResult& run) {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> callers;  // target, owner -> who reached them
  for (const ScenarioResult& scenario : run.scenarios) {
    for (const MatrixCell& cell : scenario.matrix) {
      if (cell.verdict != Verdict::kFailed || !cell.reached || cell.expected) continue;
      if (cell.caller != cell.owner && !cell.owner.empty()) callers[{cell.target, cell.owner}].insert(cell.caller);
    }
  }
  constexpr size_t kNamed = 4;
  std::vector<std::string> told;
  for (const auto& [where, who] : callers) {
    const std::vector<std::string> names(who.begin(), who.end());
    told.push_back((names.size() > kNamed ? Count(static_cast<int64_t>(names.size()), "caller") : Listed(names)) +
                   " reached " + where.second + "'s things on " + where.first);
  }
  return Shortened(std::move(told), kNamed, "more of this kind");
}

// The causes that say what a refuted claim says: they explain checks that refute that claim, and no other one about
// refusals.
std::map<const NamedCause*, size_t> SaidByClaims(const RunResult& run) {
  std::map<const NamedCause*, std::set<size_t>> claims;
  for (const ClaimStanding& standing : ClaimsOf(run)) {
    if (!run.claims[standing.claim].claim.served) continue;
    for (const NamedCause& cause : run.causes) {
      const auto refutes = [&](const std::string& check) { return standing.refuting.contains(check); };
      if (cause.target == standing.target && std::any_of(cause.checks.begin(), cause.checks.end(), refutes)) {
        claims[&cause].insert(standing.claim);
      }
    }
  }
  std::map<const NamedCause*, size_t> said;
  for (const auto& [cause, of] : claims) {
    if (of.size() == 1) said[cause] = *of.begin();
  }
  return said;
}

// "jira: the audience of a token is not checked (34)": the heaviest causes, but for what a refuted claim says already.
std::vector<std::string> CausesTold(const RunResult& run) {
  const std::map<const NamedCause*, size_t> said = SaidByClaims(run);
  std::vector<std::string> told;
  for (const NamedCause& cause : run.causes) {
    if (said.contains(&cause)) continue;
    told.push_back((cause.target.empty() ? "" : Plain(cause.target) + ": ") + Plain(cause.says) + " (" +
                   Thousands(cause.explains) + ")");
  }
  constexpr size_t kNamed = 4;
  return Shortened(std::move(told), kNamed, "more causes");
}

// What else happened to whom, as the checks say it themselves: of each server the first thing of this kind, and how
// many more. What a `must` forbids goes before what a `should` does. A reason may quote what a server said.
std::vector<std::string> Stories(const RunResult& run) {
  struct OfTarget {
    const Check* first = nullptr;
    int64_t more = -1;
  };
  std::map<std::string, OfTarget> of;
  const CauseIndex causes(run);
  for (const ScenarioResult& scenario : run.scenarios) {
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict != Verdict::kFailed || check.known || !check.tells) continue;
        if (causes.Of(scenario, check) != nullptr) continue;  // its cause tells
        OfTarget& target = of[scenario.target];
        ++target.more;
        const bool graver =
            target.first != nullptr && target.first->level == Level::kShould && check.level == Level::kMust;
        if (target.first == nullptr || graver) target.first = &check;
      }
    }
  }
  constexpr size_t kNamed = 3;
  std::vector<std::string> told;
  int64_t untold = 0;
  for (const auto& [name, target] : of) {
    if (told.size() == kNamed) {
      untold += 1 + target.more;
      continue;
    }
    told.push_back(Plain(target.first->reason) +
                   (target.more > 0 ? ", and " + Thousands(target.more) + " more like it" : ""));
  }
  if (untold > 0) told.push_back(Thousands(untold) + " more on other servers");
  return told;
}

// "jira takes tokens without verifying their signature, takes tokens that have expired": what each server does that
// refutes a claim, with how many failures that explains where it is a cause of its own.
std::vector<std::string> Refuted(const RunResult& run) {
  const std::map<const NamedCause*, size_t> causes = SaidByClaims(run);
  std::vector<std::string> told;
  for (const ClaimStanding& standing : ClaimsOf(run)) {
    if (standing.kind != ClaimStanding::Kind::kRefuted) continue;
    const std::string target = Plain(standing.target) + " ";
    std::string did = Plain(run.claims[standing.claim].claim.refuted);
    int explained = 0;
    for (const auto& [cause, claim] : causes) {
      if (claim == standing.claim && cause->target == standing.target) explained += cause->explains;
    }
    if (explained > 0) did += " (" + Thousands(explained) + ")";
    const auto same =
        std::find_if(told.begin(), told.end(), [&](const std::string& one) { return one.starts_with(target); });
    if (same == told.end()) {
      told.push_back(target + did);
    } else {
      *same += ", " + did;
    }
  }
  constexpr size_t kNamed = 4;
  return Shortened(std::move(told), kNamed, "more");
}

// Of claims that were not judged: left out of this run, or accepted as they are.
std::string NotLookedAt(const RunResult& run) {
  std::vector<std::string> names;
  std::vector<std::string> accepted;
  for (const ClaimStanding& standing : ClaimsOf(run)) {
    const std::string name = Plain(run.claims[standing.claim].claim.name);
    const auto add = [&](std::vector<std::string>& to) {
      if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
    };
    if (standing.kind == ClaimStanding::Kind::kNotSelected) add(names);
    if (standing.kind == ClaimStanding::Kind::kAccepted) add(accepted);
  }
  return (names.empty() ? "" : "; not looked at: " + Listed(names)) +
         (accepted.empty() ? "" : "; not tried, which the project accepts: " + Listed(accepted));
}

size_t Targets(const RunResult& run) {
  std::set<std::string> targets;
  for (const ScenarioResult& scenario : run.scenarios) {
    if (!scenario.target.empty()) targets.insert(scenario.target);
  }
  return targets.size();
}

std::string Green(const RunResult& run, const RunResult::Totals& totals) {
  std::string text = "Everything as expected: " + Count(totals.passed, "check");
  if (const size_t targets = Targets(run); targets > 0) {
    text += " on " + Count(static_cast<int64_t>(targets), "server");
  }
  const std::vector<std::string> names = KeptApart(run);
  constexpr size_t kNamed = 4;
  if (names.size() > kNamed) {
    text += ", each of " + Thousands(static_cast<int64_t>(names.size())) + " principals kept to their own";
  } else if (!names.empty()) {
    text += ", " + Listed(names) + " kept apart";
  }
  if (totals.known > 0) text += "; " + Count(totals.known, "known failure");
  return text + NotLookedAt(run);
}

}  // namespace

std::string Thousands(int64_t number) {
  std::string text = std::to_string(number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t at = text.size(); at > first + 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string Count(int64_t number, std::string_view singular) {
  return Thousands(number) + " " + std::string(singular) + (number == 1 ? "" : "s");
}

std::string Took(int64_t microseconds) {
  char text[48];
  const double milliseconds = static_cast<double>(microseconds) / 1'000.0;
  if (milliseconds < 9.95) {
    std::snprintf(text, sizeof text, "%.1f ms", milliseconds);
  } else if (milliseconds < 999.5) {
    std::snprintf(text, sizeof text, "%.0f ms", milliseconds);
  } else if (milliseconds < 99'950) {
    std::snprintf(text, sizeof text, "%.1f s", milliseconds / 1'000.0);
  } else {
    const int64_t seconds = (microseconds + 500'000) / 1'000'000;
    return Thousands(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
  }
  return text;
}

std::string Capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string Explains(const NamedCause& cause) {
  return Thousands(cause.explains) + " of " + Count(cause.of, "failure");
}

std::string Listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  return text;
}

std::vector<std::string> DeclaredNotLookedAt(const RunResult& run) {
  std::map<std::string, std::vector<std::string>> at;  // what is declared -> servers
  for (const ScenarioResult& scenario : run.scenarios) {
    for (const std::string& one : scenario.not_looked_at) {
      std::vector<std::string>& servers = at[one];
      if (std::find(servers.begin(), servers.end(), scenario.target) == servers.end())
        servers.push_back(scenario.target);
    }
  }
  std::vector<std::string> lines;
  for (const auto& [what, servers] : at) lines.push_back(what + " (" + Listed(servers) + ")");
  return lines;
}

std::vector<ClaimLine> ClaimLines(const RunResult& run) {
  using Kind = ClaimStanding::Kind;
  const std::vector<ClaimStanding> standings = ClaimsOf(run);
  std::map<size_t, std::set<Kind>> kinds;  // of a claim, over all servers
  for (const ClaimStanding& standing : standings) kinds[standing.claim].insert(standing.kind);
  std::vector<ClaimLine> lines;
  for (const Kind kind :
       {Kind::kRefuted, Kind::kNotTried, Kind::kAccepted, Kind::kProved, Kind::kNotSelected, Kind::kExcused}) {
    std::map<size_t, std::vector<std::string>> targets;
    for (const ClaimStanding& standing : standings) {
      if (standing.kind == kind) targets[standing.claim].push_back(standing.target);
    }
    std::vector<std::string> claims;
    for (const auto& [claim, where] : targets) {
      claims.push_back(run.claims[claim].claim.name + (kinds[claim].size() == 1 ? "" : " (" + Listed(where) + ")"));
    }
    if (!claims.empty()) lines.push_back({kind, Listed(claims)});
  }
  return lines;
}

std::string Headline(const RunResult& run) {
  const RunResult::Totals totals = run.totals();
  if (run.shard.of > 1 && run.scenarios.empty() && run.error.empty()) {
    return "No scenario falls into shard " + std::to_string(run.shard.index) + "/" + std::to_string(run.shard.of);
  }
  if (run.exit_code() == ExitCode::kOk) return Green(run, totals);
  std::vector<std::string> parts;
  const std::string of_all = " of " + Count(totals.checks(), "check");
  if (totals.failed > 0) {
    const std::vector<std::string> crossings = Crossings(run);
    std::string happened = Listed(crossings);
    const std::vector<std::string> refuted = Refuted(run);
    for (const std::string& claim : refuted) happened += (happened.empty() ? "" : "; ") + claim;
    for (const std::string& cause : CausesTold(run)) happened += (happened.empty() ? "" : "; ") + cause;
    for (const std::string& story : Stories(run)) happened += (happened.empty() ? "" : "; ") + story;
    int explained = 0;
    for (const NamedCause& cause : run.causes) explained += cause.explains;
    const std::string from = run.causes.empty()
                                 ? ""
                                 : ", " + (explained == totals.failed ? "all" : Thousands(explained)) + " from " +
                                       Count(static_cast<int64_t>(run.causes.size()), "cause");
    parts.push_back(Thousands(totals.failed) + of_all + " failed" + from + (happened.empty() ? "" : ": " + happened));
  }
  if (totals.errored > 0) {
    parts.push_back(Thousands(totals.errored) + (parts.empty() ? of_all : "") + " could not be judged");
  }
  if (!run.unexpected_passes.empty()) {
    const auto passes = static_cast<int64_t>(run.unexpected_passes.size());
    parts.push_back(Count(passes, "known failure") + (passes == 1 ? " passes" : " pass") + " although listed");
  }
  if (const int lost = run.compared ? run.compared->Count(Difference::Kind::kLost) : 0; lost > 0) {
    parts.push_back(Count(lost, "check") + " of run " + run.compared->run + (lost == 1 ? " is" : " are") +
                    " not judged any more");
  }
  if (!run.error.empty()) parts.push_back("the run could not go on");
  constexpr size_t kUntried = 3;
  for (const std::string& one : Shortened(Untried(run), kUntried, "more"))
    parts.push_back("nobody tried " + Plain(one));
  if (parts.empty()) parts.push_back("no check has passed, so nothing is proven");
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return Capital(std::move(text));
}

std::string_view RunWord(const RunResult& run) {
  switch (run.exit_code()) {
    case ExitCode::kOk:
      return "PASSED";
    case ExitCode::kFailed:
      return "FAILED";
    case ExitCode::kErrored:
    case ExitCode::kUsage:
      break;
  }
  return "NOT JUDGED";
}

std::vector<Check> ChecksOfItsOwn(const ScenarioResult& scenario) {
  size_t seen = 0;
  for (const StepResult& step : scenario.steps) seen += step.checks.size();
  if (seen == 0 && !scenario.inapplicable.empty()) {
    return {{.id = "scenario-applies", .verdict = Verdict::kInapplicable, .reason = scenario.inapplicable}};
  }
  if (seen > 0 && scenario.error.empty()) return {};
  return {{.id = "scenario-is-carried-out",
           .verdict = Verdict::kErrored,
           .reason = scenario.error.empty() ? "it has no check that was judged" : scenario.error}};
}

std::string AcceptedSentence(const AcceptedCause& accepted) {
  return accepted.name + (accepted.target.empty() ? "" : " in " + accepted.target) + " explains " +
         Count(accepted.explains, "failure") + " and is accepted until " + accepted.until + ": " + accepted.reason;
}

std::string DecisionSentence(const ChangedDecision& changed) {
  std::string text =
      (changed.caller.empty() ? "nobody" : changed.caller) + " asks " + changed.target + " for " + changed.operation;
  if (!changed.owner.empty()) text += " of " + changed.owner;
  if (!changed.way.empty()) text += ", " + changed.way;
  const auto decided = [](const std::string& decision) { return decision.empty() ? "not asked" : decision; };
  return text + ": " + decided(changed.before) + " then, " + decided(changed.now) + " now";
}

std::string Called(const ComponentRecord& component) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  const bool named = component.version.size() >= component.name.size() &&
                     std::equal(component.name.begin(), component.name.end(), component.version.begin(), same);
  return named ? component.version : component.name + " " + component.version;
}

std::string SourcePlace(const ScenarioResult& scenario, int line) {
  return line > 0 ? scenario.file + ":" + std::to_string(line) : scenario.file;
}

std::string CommandOn(const std::string& program, std::string_view command, std::string_view what) {
  return (program.empty() ? "./iff" : ShellWord(program)) + " " + std::string(command) +
         (what.starts_with('-') ? " -- " : " ") + ShellWord(what);
}

std::string Again(const std::string& program, const ScenarioResult& scenario) {
  return CommandOn(program, "run", scenario.id);
}

}  // namespace iff
