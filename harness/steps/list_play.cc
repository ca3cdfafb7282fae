#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/list.h"

namespace iff {

WhyNotHere ListStep::WhyNot(const Surroundings& around) const {
  // Each of these two belongs to one era of the protocol.
  if (method == "server/discover" && sending.revision.empty() && !around.target.Speaks("2026-07-28")) {
    return {.step = around.NotSpoken({.revision = "2026-07-28"})};
  }
  return {.step = around.NotSpoken(sending)};
}

void ListStep::Perform(Play& play) const {
  play.Title(Play::Name(play.CallerOf(sending)) + " asks for " + method);
  play.SendAndJudge(sending, method, Json::object(), method);
}

}  // namespace iff
