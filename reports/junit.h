// JUnit XML as the common build servers read it: a suite for each suite and target, a case for each
// check, <failure> and <error> apart, properties, system-out.
#pragma once

#include <ostream>

#include "harness/run/result.h"

namespace iff {

void WriteJunit(const RunResult& run, std::ostream& out);

}  // namespace iff
