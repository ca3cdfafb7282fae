// Servers on others' SDKs with one setting wrong, as runs of the examples left them: what tells each from the same
// server as it should be. They are mutants that were not built for the purpose.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/core/result.h"

namespace iff {

struct WrongSetting {
  std::string example = {};            // "fastmcp"
  std::string target = {};             // "any-audience"
  std::set<std::string> tripped = {};  // checks; empty: nothing told it from the clean one
};

// `folder` holds a folder of reports for each example. The target `clean` is the server as it should be; a run without
// it is passed over. Sorted by example, then target. kUnavailable: no run of that kind is there.
Result<std::vector<WrongSetting>> ReadWrongSettings(const std::string& folder);

}  // namespace iff
