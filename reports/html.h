// One self-contained page: opened from disk, asks nobody for anything. The verdict in words and
// numbers, the matrix identity x tool x owner, the scenarios with what was sent and seen at both
// ends.
#pragma once

#include <ostream>

#include "harness/run/result.h"

namespace iff {

void WriteHtml(const RunResult& run, std::ostream& out);

}  // namespace iff
