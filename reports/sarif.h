// SARIF 2.1.0, as code scanning services read it: a rule for each check, a result for each finding at the line of the
// scenario that found it.
#pragma once

#include <ostream>

#include "harness/run/result.h"

namespace iff {

void WriteSarif(const RunResult& run, std::ostream& out);

}  // namespace iff
