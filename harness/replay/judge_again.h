// A stored run, judged again: by expectations as they are now, without any server. Pure.
#pragma once

#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/run/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

struct JudgedAgain {
  ScenarioResult result = {};                 // the stored one with its checks anew
  std::vector<std::string> differences = {};  // one line for each check that is judged otherwise than it was
};

// `evidence` is ScenarioResult::evidence as it was stored. An expectation that has not changed gets the verdict it had.
// A check that did not apply to the target still does not; one that is new is judged as if it applied, but for those
// that only a strict target is held to. kInvalidInput: the evidence is none, of another version, or damaged.
// REQUIRES: the scenario's steps are those that were played.
Result<JudgedAgain> JudgeAgain(const Scenario& scenario, const ScenarioResult& stored, const Json& evidence);

// What judging again would change in a run that has just been played, by the scenarios it played: a line for each
// check, and for each scenario that cannot be judged again. Empty unless what is stored says less than what was seen.
std::vector<std::string> JudgedOtherwise(const RunResult& run, const std::vector<Scenario>& scenarios);

// Do both documents play the same steps, whatever they expect of them?
bool SameSteps(const Json& one, const Json& other);

}  // namespace iff
