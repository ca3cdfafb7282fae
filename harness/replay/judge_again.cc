#include "harness/replay/judge_again.h"

#include <map>

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

// Steps and those on the stage, without what is expected.
Json PlayOf(const Json& document) {
  Json play = {{"given", AtOr<Json>(document, "/given", nullptr)},
               {"steps", AtOr<Json>(document, "/steps", Json::array())}};
  for (Json& step : play["steps"]) {
    if (step.is_object()) step.erase("expect");
  }
  return play;
}

}  // namespace

bool SameSteps(const Json& one, const Json& other) { return PlayOf(one) == PlayOf(other); }

Result<JudgedAgain> JudgeAgain(const Scenario& scenario, const ScenarioResult& stored, const Json& evidence) {
  JudgedAgain again{.result = stored};
  std::map<std::string, Check> before;
  for (const StepResult& step : stored.steps) {
    for (const Check& check : step.checks) before[check.id] = check;
  }
  const Json steps = AtOr<Json>(evidence, "/steps", Json::array());
  const std::string disbelieved = AtOr<std::string>(evidence, "/disbelieved", "");
  again.result.steps.resize(scenario.steps.size());
  Json people;  // on the stage, as the nearest step says
  for (size_t i = 0; i < scenario.steps.size(); ++i) {
    StepResult& step = again.result.steps[i];
    step.checks.clear();
    if (i < steps.size() && steps[i].is_object() && steps[i].contains("people")) people = steps[i]["people"];
    for (const Expectation& expectation : scenario.steps[i].expect) {
      Check check;
      const auto stood = before.find(expectation.check);
      if (stood != before.end() && stood->second.verdict == Verdict::kInapplicable) {
        check = stood->second;  // of the target, not of what was seen
      } else if (!disbelieved.empty()) {
        check = Unjudged(expectation, "cannot be told: " + disbelieved);
      } else if (i >= steps.size() || !steps[i].is_object()) {
        check = Unjudged(expectation, "not judged: nothing was stored of this step" +
                                          (stored.error.empty() ? std::string() : ", because " + stored.error));
      } else {
        const Observation seen = TRY(ObservationFrom(steps[i], people).While("step " + std::to_string(i + 1)));
        check = Judge(expectation, seen);
      }
      const auto was = before.find(check.id);
      check.known = was != before.end() && was->second.known && check.verdict == Verdict::kFailed;
      const std::string now(Name(check.verdict));
      if (was == before.end()) {
        again.differences.push_back("check " + check.id + " is new: " + now);
      } else if (was->second.verdict != check.verdict) {
        again.differences.push_back("check " + check.id + " " + now + ", was " +
                                    std::string(Name(was->second.verdict)) +
                                    (check.reason.empty() ? "" : ": " + check.reason));
      }
      if (was != before.end()) before.erase(was);
      step.checks.push_back(std::move(check));
    }
  }
  for (const auto& [id, check] : before)
    again.differences.push_back("check " + id + " is gone, was " + std::string(Name(check.verdict)));
  return again;
}

}  // namespace iff
