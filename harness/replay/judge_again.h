// A stored trace, judged again: by expectations as they are now, without any server. Pure.
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

// `evidence` is ScenarioResult::evidence as it was stored. REQUIRES: the scenario's steps are those that were played.
Result<JudgedAgain> JudgeAgain(const Scenario& scenario, const ScenarioResult& stored, const Json& evidence);

// Do both documents play the same steps, whatever they expect of them?
bool SameSteps(const Json& one, const Json& other);

}  // namespace iff
