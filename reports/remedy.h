// What usually puts a failed check right, in one or two sentences: advice for whoever owns the server, told
// from what the check is about.
#pragma once

#include <string>
#include <string_view>

#include "harness/run/result.h"

namespace iff {

// Never empty.
std::string_view RemedyFor(std::string_view suite, std::string_view check);

// Of a check that could not be judged, there is nothing to mend at the server yet.
std::string_view RemedyFor(const ScenarioResult& scenario, const Check& check);

}  // namespace iff
