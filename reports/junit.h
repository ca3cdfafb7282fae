// JUnit XML as the common build servers read it: a suite for each scenario, a case for each check,
// what failed apart from what could not be judged. Known failures and what does not apply are
// skipped, with the reason; what was sent and seen is in system-out.
#pragma once

#include <ostream>

#include "harness/run/result.h"

namespace iff {

void WriteJunit(const RunResult& run, std::ostream& out);

}  // namespace iff
