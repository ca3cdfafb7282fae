#include "harness/run/standing.h"

#include <map>

namespace iff {
namespace {

struct Seen {
  int passed = 0;
  int failed = 0;
  int errored = 0;
};

struct Played {
  std::map<std::string, Seen> checks = {};  // "suite/scenario:check", over all targets
  std::map<std::string, std::string> inapplicable =
      {};  // "suite/scenario" -> why it does not apply, for a target at least
};

std::string WithoutTarget(const std::string& id) { return id.substr(0, id.find('@')); }

Played PlayedIn(const RunResult& run) {
  Played played;
  for (const ScenarioResult& scenario : run.scenarios) {
    const std::string place = WithoutTarget(scenario.id);
    if (!scenario.inapplicable.empty()) played.inapplicable.emplace(place, scenario.inapplicable);
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict == Verdict::kInapplicable) {
          played.inapplicable.emplace(place, check.reason);
          continue;
        }
        Seen& seen = played.checks[place + ":" + check.id];
        ++(check.verdict == Verdict::kPassed   ? seen.passed
           : check.verdict == Verdict::kFailed ? seen.failed
                                               : seen.errored);
      }
    }
  }
  return played;
}

Standing StandingOf(const HeldClause& clause, const Played& played) {
  if (!clause.excluded.empty()) return {.kind = Standing::Kind::kExcluded, .reason = clause.excluded};
  Seen all;
  std::string inapplicable;
  for (const std::string& check : clause.checks) {
    if (const auto found = played.checks.find(check); found != played.checks.end()) {
      all.passed += found->second.passed;
      all.failed += found->second.failed;
      all.errored += found->second.errored;
    }
    const auto found = played.inapplicable.find(check.substr(0, check.find(':')));
    if (found != played.inapplicable.end() && inapplicable.empty()) inapplicable = found->second;
  }
  Standing standing{.checks = all.passed + all.failed + all.errored, .failed = all.failed};
  const std::string of = " of " + std::to_string(standing.checks);
  if (all.failed > 0) {
    standing.kind = Standing::Kind::kBroken;
    standing.reason = std::to_string(all.failed) + of + " failed";
  } else if (all.errored > 0) {
    standing.reason = std::to_string(all.errored) + of + " could not be judged";
  } else if (standing.checks == 0) {
    standing.reason = inapplicable.empty() ? "not played" : "does not apply: " + inapplicable;
  } else {
    standing.kind = Standing::Kind::kTested;
  }
  return standing;
}

}  // namespace

std::string_view Name(Standing::Kind kind) {
  switch (kind) {
    case Standing::Kind::kTested:
      return "tested";
    case Standing::Kind::kBroken:
      return "broken";
    case Standing::Kind::kNotObserved:
      return "not observed";
    case Standing::Kind::kExcluded:
      return "excluded";
  }
  return "not observed";
}

std::vector<Standing> StandingsOf(const RunResult& run) {
  const Played played = PlayedIn(run);
  std::vector<Standing> standings;
  standings.reserve(run.clauses.size());
  for (const HeldClause& clause : run.clauses) standings.push_back(StandingOf(clause, played));
  return standings;
}

std::string Told(const Standing& standing) {
  return std::string(Name(standing.kind)) + ": " +
         (standing.kind == Standing::Kind::kTested ? std::to_string(standing.checks) + " passed" : standing.reason);
}

}  // namespace iff
