#include <algorithm>

#include "harness/conditions/status.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"

namespace iff {

std::string HttpStatusIs::WhyNot(const Surroundings& around) const { return around.OverStdio() ? around.NoHttp() : ""; }

Weighed HttpStatusIs::Judged(const Judging& in) const {
  Weighed weighed = in.OfAnswer("HTTP " + JoinNumbers(statuses), [&](const McpAnswer& answer) {
    return std::find(statuses.begin(), statuses.end(), answer.status) != statuses.end();
  });
  if (weighed.verdict == Verdict::kFailed && Needs().refusal) in.TellServed(weighed);
  return weighed;
}

}  // namespace iff
