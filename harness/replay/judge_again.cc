#include "harness/replay/judge_again.h"

#include <algorithm>
#include <map>

#include "harness/run/diagnosis.h"
#include "harness/run/evidence.h"

namespace iff {
namespace {

Check Unjudged(const Expectation& expectation, const std::string& why) {
  return {.id = expectation.check,
          .level = expectation.must ? Level::kMust : Level::kShould,
          .verdict = Verdict::kErrored,
          .reason = why,
          .clause = expectation.clause};
}

Check Inapplicable(const Expectation& expectation, const std::string& target) {
  Check check =
      Unjudged(expectation, "no clause demands it, and the system file does not say that " + target + " is strict");
  check.verdict = Verdict::kInapplicable;
  return check;
}

// What became of one check, by its id.
using Checks = std::map<std::string, Check>;

void Compare(Checks before, JudgedAgain& again) {
  for (StepResult& step : again.result.steps) {
    for (Check& check : step.checks) {
      const auto was = before.find(check.id);
      check.known = was != before.end() && was->second.known && check.verdict == Verdict::kFailed;
      const std::string now(Name(check.verdict));
      if (was == before.end()) {
        again.differences.push_back("check " + check.id + " is new: " + now);
        continue;
      }
      if (was->second.verdict != check.verdict) {
        again.differences.push_back("check " + check.id + " " + now + ", was " +
                                    std::string(Name(was->second.verdict)) +
                                    (check.reason.empty() ? "" : ": " + check.reason));
      }
      before.erase(was);
    }
  }
  for (const auto& [id, check] : before)
    again.differences.push_back("check " + id + " is gone, was " + std::string(Name(check.verdict)));
}

// Steps and those in the sandbox, without what is expected.
Json PlayOf(const Json& document) {
  Json play = {{"given", AtOr<Json>(document, "/given", nullptr)},
               {"beside", AtOr<Json>(document, "/beside", nullptr)},
               {"steps", AtOr<Json>(document, "/steps", Json::array())}};
  for (Json& step : play["steps"]) {
    if (step.is_object()) step.erase("expect");
  }
  return play;
}

}  // namespace

bool SameSteps(const Json& one, const Json& other) { return PlayOf(one) == PlayOf(other); }

Result<JudgedAgain> JudgeAgain(const Scenario& scenario, const ScenarioResult& stored, const Json& evidence) {
  TRY(CheckEvidence(evidence));
  const Json steps = AtOr<Json>(evidence, "/steps", Json::array());
  JudgedAgain again{.result = stored};
  Checks before;
  for (const StepResult& step : stored.steps) {
    for (const Check& check : step.checks) before[check.id] = check;
  }
  const std::string disbelieved = AtOr<std::string>(evidence, "/disbelieved", "");
  again.result.steps.resize(scenario.steps.size());
  Json people;  // in the sandbox, as the nearest step says
  for (size_t i = 0; i < scenario.steps.size(); ++i) {
    StepResult& step = again.result.steps[i];
    step.checks.clear();
    const std::string& at = scenario.steps[i].at;
    TargetTerms terms;
    if (!steps.empty()) terms = TRY(TermsFrom(evidence, at));
    const bool looked_at = i < steps.size() && steps[i].is_object();
    if (looked_at && steps[i].contains("people")) people = steps[i]["people"];
    Observation seen;
    if (looked_at) seen = TRY(ObservationFrom(steps[i], people).While("step " + std::to_string(i + 1)));
    for (const Expectation& expectation : scenario.steps[i].expect) {
      const auto stood = before.find(expectation.check);
      if (stood != before.end() && stood->second.verdict == Verdict::kInapplicable) {
        step.checks.push_back(stood->second);  // of the target, not of what was seen
      } else if (stood == before.end() && expectation.strict && !terms.strict) {
        step.checks.push_back(Inapplicable(expectation, at.empty() ? stored.target : at));
      } else if (!looked_at) {
        step.checks.push_back(
            Unjudged(expectation, "not judged: nothing was stored of this step" +
                                      (stored.error.empty() ? std::string() : ", because " + stored.error)));
      } else {
        step.checks.push_back(Judge(expectation, terms, seen));
      }
    }
  }
  // In the order in which a run goes on from what was judged.
  for (const Diagnosis& diagnosis : DiagnoseEach(stored)) Disprove(diagnosis, again.result);
  if (!disbelieved.empty()) {
    for (size_t i = 0; i < scenario.steps.size(); ++i) {
      for (size_t j = 0; j < again.result.steps[i].checks.size(); ++j) {
        again.result.steps[i].checks[j] = Unjudged(scenario.steps[i].expect[j], "cannot be told: " + disbelieved);
      }
    }
  }
  Compare(std::move(before), again);
  return again;
}

std::vector<std::string> JudgedOtherwise(const RunResult& run, const std::vector<Scenario>& scenarios) {
  std::vector<std::string> lines;
  for (const ScenarioResult& played : run.scenarios) {
    if (!played.inapplicable.empty()) continue;  // nothing was seen
    const auto scenario =
        std::find_if(scenarios.begin(), scenarios.end(), [&](const Scenario& one) { return one.id == played.id; });
    if (scenario == scenarios.end()) {
      lines.push_back(played.id + ": no such scenario was given");
      continue;
    }
    // As it is read from a disk.
    const Result<Json> evidence = ParseEvidence(Dump(played.evidence));
    const Result<JudgedAgain> again =
        evidence.ok() ? JudgeAgain(*scenario, played, *evidence) : Result<JudgedAgain>(evidence.error());
    if (!again.ok()) {
      lines.push_back(played.id + ": " + again.error().message());
      continue;
    }
    for (const std::string& difference : again->differences) lines.push_back(played.id + ": " + difference);
  }
  return lines;
}

}  // namespace iff
