// From a recording to a scenario file that holds the server to what it did. Pure.
#pragma once

#include <string>

#include "harness/core/json.h"
#include "harness/core/result.h"

namespace iff {

// The recorded scenario under another id, with further checks from what was seen: the kind of each answer, the
// calls at the far side and on whose behalf, the tools listed. A step whose own checks were not all met gets none:
// what it did is no example. kInvalidInput: the recording holds no scenario.
Result<Json> AsScenario(const Json& recording, const std::string& id);

// The file's text. `schema` is the path of scenario.schema.json as seen from the file; "" for none.
std::string ScenarioText(const Json& scenario, const std::string& schema);

}  // namespace iff
