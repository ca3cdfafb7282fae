// A result as it is stored, written without being made into one value first: of a run of thousands of steps that value
// takes longer to build and to take apart than all else about it.
#pragma once

#include <string>

#include "harness/core/json_text.h"
#include "harness/run/result.h"

namespace iff {

// The text of ToJson(run).
std::string ResultText(const RunResult& run, const JsonForm& form);

Json ToJson(const StepResult& step);
// What ToJson makes of it, without the scenarios of a run, and without the steps of a scenario.
Json HeadJson(const RunResult& run);
Json HeadJson(const ScenarioResult& scenario);

}  // namespace iff
