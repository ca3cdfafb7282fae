// Whether the run that made a directory is over.
#pragma once

#include <string>

namespace iff {

// True when `run_directory` is there, is ours and its supervisor lives no more.
bool IsAbandonedRun(const std::string& run_directory);

}  // namespace iff
