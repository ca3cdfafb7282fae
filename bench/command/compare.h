// Did it get slower? `iff bench --compare`: with another revision of the source, or with a stored result.
#pragma once

#include <string>
#include <vector>

#include "bench/load/row.h"

namespace iff {

// Becomes the script that builds `ref`'s echo server and compares it with ours; answers only if that fails.
Error BecomeComparison(const std::string& root, const std::string& ref);

struct StoredComparison {
  std::vector<std::string> lines = {};
  int compared = 0;
  int worse = 0;
};
// Rows of the same name: the median may take a tenth more, the p99 a quarter. A difference within the A/A
// noise of either is none. They were taken at different times, so this is coarser than comparing builds.
Result<StoredComparison> CompareWithStored(const std::vector<BenchRow>& rows, const Json& stored);

}  // namespace iff
