// One run on several machines: which scenario falls to which of them, and one result from theirs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/run/result.h"

namespace iff {

// Which of `of` shards a scenario belongs to, from 1. Depends on its id alone, so adding a scenario moves no
// other.
int ShardOf(std::string_view scenario, int of);

// "3/8". kInvalidInput: not that, or out of range.
Result<Shard> ParseShard(std::string_view text);

// The run that would have been, had nothing been split: scenarios in their order, every check, trace and log
// as it was. kInvalidInput: results of different systems or versions, a scenario in two of them, a shard that
// is missing. REQUIRES: at least one.
Result<RunResult> Merge(std::vector<RunResult> runs);

}  // namespace iff
