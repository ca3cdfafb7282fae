// How long a world of one's own takes: a lane that was made ahead, one made on demand, a whole environment, in turns.
#pragma once

#include <functional>
#include <memory>

#include "harness/core/histogram.h"
#include "harness/environment/lane_pool.h"
#include "harness/environment/system.h"

namespace iff {

struct LaneTimes {
  Histogram first = {};    // the first that is made on demand in these processes
  Histogram ready = {};    // from asking to a lane that was made ahead
  Histogram made = {};     // from asking to one that was not
  Histogram used = {};     // in such a lane, from nobody to somebody who exists everywhere and has logged in
  Histogram removed = {};  // from giving it back until nothing of it is left
  Histogram whole = {};    // from nothing to another environment that is ready
};

struct LaneBench {
  int rounds = 20;
  // A whole one takes seconds: so many of the rounds begin with one, evenly spread.
  int whole_rounds = 5;
  // Makes one and answers what ends it, which is not timed.
  std::function<Result<std::shared_ptr<void>>()> start_another = {};
};

// The first error ends it: what could not be made took no time that means anything.
Result<LaneTimes> MeasureLanes(LanePool& lanes, const System& system, const LaneBench& bench);

}  // namespace iff
