#include "harness/run/closing.h"

#include <set>

#include "harness/environment/capabilities.h"

namespace iff {

// What was not reached is not green: every check that was not judged is errored.
void ErrorTheRest(const Scenario& scenario, ScenarioResult& result) {
  const std::string why = result.error.empty() ? "its step looks at nothing" : result.error;
  for (size_t i = 0; i < scenario.steps.size(); ++i) {
    std::set<std::string> judged;
    if (i < result.steps.size()) {
      for (const Check& check : result.steps[i].checks) judged.insert(check.id);
    } else {
      result.steps.push_back({.title = "not reached", .line = scenario.steps[i].line});
    }
    for (const Expectation& expectation : scenario.steps[i].expect) {
      if (judged.contains(expectation.check)) continue;
      result.steps[i].checks.push_back({.id = expectation.check,
                                        .level = expectation.must ? Level::kMust : Level::kShould,
                                        .verdict = Verdict::kErrored,
                                        .reason = "not judged: " + why,
                                        .clause = expectation.clause});
    }
  }
}

// Where nothing applied, nothing went wrong either.
void NoteIfNothingApplied(ScenarioResult& result) {
  std::string why;
  for (const StepResult& step : result.steps) {
    for (const Check& check : step.checks) {
      if (check.verdict != Verdict::kInapplicable) return;
      if (why.empty()) why = check.reason;
    }
  }
  if (result.error.empty()) result.inapplicable = why;
}

// A server may put what it likes into its answers, and a check quotes them.
void MaskTexts(ScenarioResult& result, const Redactor& redactor) {
  result.error = redactor.Mask(result.error);
  for (StepResult& step : result.steps) {
    step.title = redactor.Mask(step.title);
    for (Check& check : step.checks) {
      check.reason = redactor.Mask(check.reason);
      check.expected = redactor.Mask(check.expected);
      check.observed = redactor.Mask(check.observed);
    }
  }
}

// Nothing that was seen while a component was gone can be believed, a refusal least of all.
void Disbelieve(ScenarioResult& result, const std::string& why) {
  result.evidence["disbelieved"] = why;
  result.error = result.error.empty() ? why : result.error + "; " + why;
  for (StepResult& step : result.steps) {
    for (Check& check : step.checks) {
      check.verdict = Verdict::kErrored;
      check.reason = "cannot be told: " + why;
    }
  }
}

// Whose login it was nobody can tell: it may have been another scenario's that is played beside this one. What was
// checked stands, but a run with people in it whom nobody put there is not to be believed as a whole.
void NoteUndeclared(const Environment& environment, ScenarioResult& result) {
  std::string problems;
  for (EntityStore* store : environment.All<EntityStore>()) {
    const std::string name = dynamic_cast<Component*>(store)->name();
    const Result<std::vector<std::string>> made = store->NewUndeclared();
    if (!made.ok()) {
      problems +=
          (problems.empty() ? "" : "; ") + name + " does not tell which entities it has: " + made.error().message();
      continue;
    }
    for (const std::string& entity : *made) {
      problems += (problems.empty() ? "" : "; ") + name + " made the entity " + entity +
                  " for a login of somebody nobody declared, in this scenario or in one beside it";
    }
  }
  if (!problems.empty()) result.error = result.error.empty() ? problems : result.error + "; " + problems;
}

}  // namespace iff
