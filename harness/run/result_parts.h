// The stored form of a run in parts, for whoever writes it without having all of it in memory at once: as values of JSON, the
// scenarios of a large run take several times what they take themselves.
#pragma once

#include "harness/run/result.h"

namespace iff {

// ToJson of a run, its scenarios an empty list; what follows from them is there.
Json FrameToJson(const RunResult& run);
// A member of that list.
Json ScenarioToJson(const ScenarioResult& scenario);

}  // namespace iff
