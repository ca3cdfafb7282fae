// A whole call, from the login to the answer, and what its time was spent on. The relays that stand before
// every component see each hop, so the target is not asked and may be anybody's.
#pragma once

#include "bench/load/hops.h"
#include "harness/run/stage.h"

namespace iff {

struct ChainResult {
  Breakdown cold = {};  // each identity's first call, its login included
  Breakdown warm = {};  // calls whose login, keys and credential are known
};

// Who plays in it: `count` subjects like `person`, called "caller-1" and so on.
std::vector<GivenSubject> Callers(const std::string& person, int count);

// REQUIRES: the stage has gates before the components, and those subjects. `rounds` warm calls follow
// the cold ones, in turn. Works with one call at a time, so every passage belongs to the call at hand.
Result<ChainResult> MeasureChain(Stage& stage, const std::string& operation, int identities, int rounds);

// One whole request for each identity, logged in and known to the target: what a driver sends.
Result<std::vector<std::string>> WarmRequests(Stage& stage, const std::string& operation, int identities,
                                              Histogram& logins, Histogram& first_calls);

}  // namespace iff
