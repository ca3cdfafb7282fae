// One page for a CI job (GitHub's step summary, a merge request's comment): verdict, numbers, what did not pass.
#pragma once

#include <ostream>

#include "harness/run/result.h"

namespace iff {

void WriteMarkdown(const RunResult& run, std::ostream& out);

}  // namespace iff
