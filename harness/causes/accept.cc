#include <algorithm>
#include <map>

#include "harness/causes/gather.h"
#include "harness/core/yaml.h"

namespace iff {
namespace {

bool IsOf(const AcceptedCause& accepted, const std::string& target) {
  return accepted.target.empty() || accepted.target == target;
}

void MarkExplained(const NamedCause& cause, RunResult& run) {
  for (ScenarioResult& scenario : run.scenarios) {
    if (scenario.target != cause.target) continue;
    for (StepResult& step : scenario.steps) {
      for (Check& check : step.checks) {
        const bool explained = std::find(cause.checks.begin(), cause.checks.end(), check.id) != cause.checks.end();
        if (explained && check.verdict == Verdict::kFailed) check.known = true;
      }
    }
  }
}

// Takes what one entry accepts out of what is still to be mended.
void Accept(AcceptedCause& accepted, RunResult& run) {
  const auto is_accepted = [&](const NamedCause& cause) {
    return cause.name == accepted.name && IsOf(accepted, cause.target);
  };
  std::map<std::string, int> known;  // failures that are so now, by target
  for (const NamedCause& cause : run.causes) {
    if (!is_accepted(cause)) continue;
    MarkExplained(cause, run);
    accepted.explains += cause.explains;
    known[cause.target] += cause.explains;
  }
  std::erase_if(run.causes, is_accepted);
  for (NamedCause& cause : run.causes) cause.of -= known[cause.target];
}

// Nothing that fails with the cause failed, and of what fails with it at one server or another half was judged at
// least.
bool IsGone(const Cause& cause, const AcceptedCause& accepted, const RunResult& run) {
  JudgedChecks judged;
  for (const ScenarioResult& scenario : run.scenarios) {
    if (!IsOf(accepted, scenario.target)) continue;
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict == Verdict::kPassed) judged.passed.insert(check.id);
        if (check.verdict == Verdict::kFailed) judged.failed.insert(check.id);
      }
    }
  }
  const auto count = [](const std::set<std::string>& pattern, const std::set<std::string>& checks) {
    return std::count_if(pattern.begin(), pattern.end(),
                         [&](const std::string& check) { return checks.contains(check); });
  };
  const auto any = [&](const auto& fits) { return std::any_of(cause.patterns.begin(), cause.patterns.end(), fits); };
  if (any([&](const auto& pattern) { return count(pattern, judged.failed) > 0; })) return false;
  return any([&](const auto& pattern) {
    return !pattern.empty() && 2 * count(pattern, judged.passed) >= static_cast<std::ptrdiff_t>(pattern.size());
  });
}

}  // namespace

void NameCauses(const CauseCatalogue& catalogue, RunResult& run) {
  run.causes = CausesOf(catalogue, run);
  if (run.shard.of > 0) return;  // what is accepted is so of the whole
  for (AcceptedCause& accepted : run.accepted) {
    const auto cause = std::find_if(catalogue.causes.begin(), catalogue.causes.end(),
                                    [&](const Cause& one) { return one.name == accepted.name; });
    if (cause == catalogue.causes.end()) {
      std::vector<std::string> names;
      for (const Cause& one : catalogue.causes) names.push_back(one.name);
      if (run.error.empty()) {
        run.error = "known_failures.json accepts a cause '" + accepted.name + "', which there is not" +
                    DidYouMean(accepted.name, names);
      }
      continue;
    }
    Accept(accepted, run);
    if (accepted.explains == 0 && IsGone(*cause, accepted, run)) {
      run.unexpected_passes.push_back("cause " + accepted.name +
                                      (accepted.target.empty() ? "" : " at " + accepted.target));
    }
  }
  std::sort(run.unexpected_passes.begin(), run.unexpected_passes.end());
}

}  // namespace iff
