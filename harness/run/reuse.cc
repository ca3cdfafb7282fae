#include "harness/run/reuse.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace iff {
namespace {

using CheckOfStep = std::pair<size_t, std::string>;  // step and id of a check

std::set<CheckOfStep> Failed(const ScenarioResult& result) {
  std::set<CheckOfStep> failed;
  for (size_t i = 0; i < result.steps.size(); ++i) {
    for (const Check& check : result.steps[i].checks) {
      if (check.verdict == Verdict::kFailed) failed.emplace(i, check.id);
    }
  }
  return failed;
}

// The last ones are the likeliest: of more, their number is enough. target_served has all.
std::string Served(const ScenarioResult& used) {
  constexpr size_t kNamed = 3;
  const std::vector<std::string>& served = used.target_served;
  std::string text;
  for (size_t i = served.size() - std::min(kNamed, served.size()); i < served.size(); ++i) {
    text += (text.empty() ? "" : ", ") + served[i];
  }
  return served.size() <= kNamed ? text : text + " and " + std::to_string(served.size() - kNamed) + " before them";
}

bool Good(const ScenarioResult& result) {
  return result.error.empty() && (result.verdict() == Verdict::kPassed || result.verdict() == Verdict::kInapplicable);
}

std::string Verdicts(const ScenarioResult& result) {
  if (!result.error.empty()) return std::string(Name(result.verdict())) + ": " + result.error;
  return std::string(Name(result.verdict()));
}

}  // namespace

bool WantsAFreshTarget(const ScenarioResult& result) { return !result.target_served.empty() && !Good(result); }

ScenarioResult WeighPlays(ScenarioResult used, ScenarioResult fresh, bool after_a_failure) {
  const int64_t took = used.took_us + fresh.took_us;
  const std::set<CheckOfStep> failed_fresh = Failed(fresh);
  std::set<CheckOfStep> of_used_alone;
  for (const CheckOfStep& check : Failed(used)) {
    if (!failed_fresh.contains(check)) of_used_alone.insert(check);
  }
  const std::string served = Served(used);
  // Not judged on the fresh target, it may be that target's own doing as well: the finding stands, and says so.
  const std::string there = Good(fresh) ? "passes on a fresh one" : "was on a fresh one " + Verdicts(fresh);
  const bool report_fresh = after_a_failure && Good(fresh);
  if (report_fresh) of_used_alone.clear();
  if (!of_used_alone.empty()) {
    for (const auto& [step, id] : of_used_alone) {
      for (Check& check : used.steps[step].checks) {
        if (check.id != id || check.verdict != Verdict::kFailed) continue;
        check.reason = "state left by an earlier scenario: fails on a target that had served " + served + ", and " +
                       there + ": " + check.reason;
        check.tells = false;
      }
    }
  } else if (Good(fresh) && !report_fresh) {
    used.error = "on a target that had served " + served + ", while it passes on a fresh one: " +
                 (used.error.empty() ? "not every check could be judged" : used.error);
  } else {
    fresh.played_again = "this is the play on a fresh target; before it, on one that had served " + served +
                         ", it was " + std::string(Name(used.verdict()));
    fresh.started_us = used.started_us;
    fresh.took_us = took;
    return fresh;
  }
  used.played_again = "this is the play on a target that had served " + served + "; it " + there;
  used.took_us = took;
  if (used.recording.is_object() && used.recording.contains("error")) used.recording["error"] = used.error;
  return used;
}

}  // namespace iff
