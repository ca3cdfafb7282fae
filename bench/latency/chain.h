// A whole call, from the login to the answer, and what its time was spent on. The relays that stand before
// every component see each hop, so the target is not asked and may be anybody's.
#pragma once

#include "bench/load/hops.h"
#include "harness/run/sandbox.h"

namespace iff {

struct ChainResult {
  Breakdown cold = {};  // each identity's first call, its login included
  Breakdown warm = {};  // calls whose login, keys and credential are known
};

// Who plays in it: `count` principals like `person`, called "caller-1" and so on.
std::vector<GivenPrincipal> Callers(const std::string& person, int count);

// REQUIRES: the sandbox has gates before the components, and those principals. `rounds` warm calls follow
// the cold ones, in turn. Works with one call at a time, so every passage belongs to the call at hand.
Result<ChainResult> MeasureChain(Sandbox& sandbox, const std::string& operation, int identities, int rounds);

// One whole request for each identity, logged in and known to the target: what a driver sends.
Result<std::vector<std::string>> WarmRequests(Sandbox& sandbox, const std::string& operation, int identities,
                                              Histogram& logins, Histogram& first_calls);

}  // namespace iff
