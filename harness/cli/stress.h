// iff stress: scenarios again and again, in another order each round. On servers as they should be, whatever does not
// pass is a false alarm.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "harness/cli/options.h"
#include "harness/cli/voice.h"
#include "harness/session/session.h"

namespace iff {

// What one round plays: drawn from its seed and nothing else, so that the seed plays the round again by itself.
struct DrawnRound {
  int seed = 0;
  std::vector<Scenario> order = {};
  int jobs = 0;               // side by side
  uint64_t drawn_by_lot = 0;  // seed of what is drawn within scenarios
};
// `take`: how many scenarios a round plays; 0: all. `jobs`: 0: drawn, 1 to 4.
DrawnRound DrawRound(int seed, const std::vector<Scenario>& all, int take, int jobs);

struct StressOptions {
  int take = 0;  // scenarios a round plays; 0: all that are selected
  int jobs = 0;  // side by side; 0: drawn for each round
};

// The first failure is what it answers, whatever passes afterwards. 0: nothing failed and something passed.
int Stress(Session& session, const Options& options, const StressOptions& how, const std::atomic<bool>& cancelled,
           const Speech& say);

}  // namespace iff
