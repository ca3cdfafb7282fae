// For how long something is taken after its time, found by asking.
#pragma once

#include <cstdint>
#include <functional>

#include "harness/core/clock.h"
#include "harness/core/result.h"

namespace iff {

// Is one taken that ended `ago` seconds ago? Negative: that ends only in so many seconds.
using TakesAfter = std::function<Result<bool>(int64_t ago)>;

// The least number of whole seconds after which it is refused, found by bisection; `most` + 1 when it is still taken
// after `most`. kRefused when not even one is taken that has half a minute left: nothing can be measured then.
Result<int64_t> MeasureLeeway(const TakesAfter& takes, int64_t most);

// Asks what depends on the second it is asked in, again until the answer came within that second.
Result<bool> WithinOneSecond(const Clock& clock, const std::function<Result<bool>(int64_t now)>& ask);

}  // namespace iff
