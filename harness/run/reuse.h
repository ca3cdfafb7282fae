// What becomes of a scenario that did not pass on a target that had served others before it: it is played again on a
// fresh one, and both plays are weighed. Pure.
#pragma once

#include "harness/run/result.h"

namespace iff {

// Did it not pass, on a target that had served others?
bool WantsAFreshTarget(const ScenarioResult& result);

// The result of both plays. A check that fails on the used target alone is a finding: state left by an earlier
// scenario. It stays failed, and says which scenarios the target had served. What the fresh target fails as well is its
// own doing, and the fresh play, which nothing came before, is the one that is reported. What could not be judged on
// the used target alone stays errored. `after_a_failure`: one of those that it had served had failed there, which may
// be all that this one shows; then a fresh play that passes is reported. REQUIRES: WantsAFreshTarget(used), and both
// are plays of the same scenario.
ScenarioResult WeighPlays(ScenarioResult used, ScenarioResult fresh, bool after_a_failure = false);

}  // namespace iff
