#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/replay.h"

namespace iff {

WhyNotHere ReplayStep::WhyNot(const Surroundings& around) const {
  if (around.OverStdio()) {
    return {.step = around.target.name + " speaks stdio: a line reaches one process, whoever sends it"};
  }
  return {.step = around.NotSpoken(sending)};
}

void ReplayStep::Perform(Play& play) const {
  play.Title("the request '" + label + "' is sent again" +
             (sending.with.empty() ? "" : " by " + play.CallerOf(sending)));
  const HttpRequest* request = play.FindRequest(label);
  if (request == nullptr) return play.Fail("no request was sent under the label '" + label + "'");
  const Cursors marks = play.sandbox().observer().Mark();
  const SendOutcome outcome = play.sandbox().client().SendAgain(*request, sending, "replayed " + label);
  play.JudgeAll(play.See(marks, sending, outcome, {}));
}

}  // namespace iff
