#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/wait.h"

namespace iff {

WhyNotHere WaitStep::WhyNot(const Surroundings&) const { return {}; }

void WaitStep::Perform(Play& play) const {
  play.Title("wait " + std::to_string(span.count()) + " ms");
  const Deadline until = Deadline::In(span);
  (void)Eventually(until, [&]() -> Result<bool> { return until.Passed(); });
}

}  // namespace iff
