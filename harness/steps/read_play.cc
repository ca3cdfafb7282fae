#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/read.h"

namespace iff {

WhyNotHere ReadStep::WhyNot(const Surroundings& around) const { return {.step = around.NotSpoken(sending)}; }

void ReadStep::Perform(Play& play) const {
  play.Title(Play::Name(play.CallerOf(sending)) + " reads " + uri);
  play.SendAndJudge(sending, "resources/read", Json{{"uri", uri}}, "resources/read");
}

}  // namespace iff
