#include "harness/run/result_compare.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

namespace iff {
namespace {

// (scenario, check, which of its name) -> what became of it. Inapplicable checks judge nothing and are left out.
using Judged = std::map<std::tuple<std::string, std::string, int>, std::string>;

Judged JudgedIn(const RunResult& run) {
  Judged judged;
  for (const ScenarioResult& scenario : run.scenarios) {
    std::map<std::string, int> named;
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        const int nth = ++named[check.id];
        if (check.verdict == Verdict::kInapplicable) continue;
        judged[{scenario.id, check.id, nth}] = check.known ? "known" : Name(check.verdict);
      }
    }
  }
  return judged;
}

// (target, caller, operation, owner, way) -> what was decided, where that is known, in scenarios of these ids.
using Decided = std::map<std::array<std::string, 5>, std::string>;

Decided DecidedIn(const RunResult& run, const std::set<std::string>& scenarios) {
  Decided decided;
  for (const ScenarioResult& scenario : run.scenarios) {
    if (!scenarios.contains(scenario.id)) continue;
    for (const MatrixCell& cell : scenario.matrix) {
      if (cell.verdict == Verdict::kErrored || cell.verdict == Verdict::kInapplicable) continue;
      const std::string& operation = cell.operation.empty() ? cell.tool : cell.operation;
      decided[{cell.target, cell.caller, operation, cell.owner, cell.way}] = !cell.decision.empty() ? cell.decision
                                                                             : cell.reached         ? "allow"
                                                                                                    : "deny";
    }
  }
  return decided;
}

std::vector<ChangedDecision> Changed(const Decided& was, const Decided& is) {
  std::vector<ChangedDecision> changed;
  const auto add = [&](const Decided::key_type& key, const std::string& before, const std::string& now) {
    const auto& [target, caller, operation, owner, way] = key;
    changed.push_back({target, caller, operation, owner, way, before, now});
  };
  for (const auto& [key, decision] : is) {
    const auto then = was.find(key);
    const std::string before = then == was.end() ? "" : then->second;
    if (before != decision) add(key, before, decision);
  }
  for (const auto& [key, decision] : was) {
    if (!is.contains(key)) add(key, decision, "");
  }
  return changed;
}

bool Good(const std::string& outcome) { return outcome == "passed" || outcome == "known"; }

}  // namespace

Comparison Compare(const RunResult& before, const RunResult& now) {
  const bool partial = now.narrowed || now.shard.of > 0;
  std::set<std::string> played;
  for (const ScenarioResult& scenario : now.scenarios) played.insert(scenario.id);
  std::set<std::string> played_before;
  for (const ScenarioResult& scenario : before.scenarios) played_before.insert(scenario.id);
  // An earlier run that was narrowed says nothing about what it left out either.
  const bool partial_before = before.narrowed || before.shard.of > 0;

  Judged was = JudgedIn(before);
  std::erase_if(was, [&](const auto& one) { return partial && !played.contains(std::get<0>(one.first)); });
  Judged is = JudgedIn(now);
  std::erase_if(is, [&](const auto& one) { return partial_before && !played_before.contains(std::get<0>(one.first)); });

  Comparison compared{.run = before.id,
                      .started = before.started,
                      .checks_before = static_cast<int>(was.size()),
                      .checks_now = static_cast<int>(is.size())};
  const auto add = [&compared](Difference::Kind kind, const Judged::key_type& key, const std::string& then,
                               const std::string& today) {
    compared.differences.push_back(
        {.kind = kind, .scenario = std::get<0>(key), .check = std::get<1>(key), .before = then, .now = today});
  };
  for (const auto& [key, outcome] : is) {
    const auto then = was.find(key);
    const std::string earlier = then == was.end() ? "" : then->second;
    if (!Good(outcome)) {
      add(!earlier.empty() && !Good(earlier) ? Difference::Kind::kStill : Difference::Kind::kNew, key, earlier,
          outcome);
    } else if (!earlier.empty() && !Good(earlier)) {
      add(Difference::Kind::kFixed, key, earlier, outcome);
    }
  }
  for (const auto& [key, outcome] : was) {
    if (!is.contains(key)) add(Difference::Kind::kLost, key, outcome, "");
  }
  std::stable_sort(compared.differences.begin(), compared.differences.end(),
                   [](const Difference& a, const Difference& b) { return a.kind < b.kind; });
  std::erase_if(played, [&](const std::string& id) { return !played_before.contains(id); });
  compared.decisions = Changed(DecidedIn(before, played), DecidedIn(now, played));
  return compared;
}

}  // namespace iff
