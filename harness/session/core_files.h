// Core files, which hold what a process had in memory: nobody may find a secret there.
#pragma once

#include <string>
#include <vector>

namespace iff {

// Core files of a process that ended in one of these folders or below.
std::vector<std::string> CoreFiles(const std::vector<std::string>& folders);

}  // namespace iff
