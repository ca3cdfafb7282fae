#include <algorithm>

#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/call.h"

namespace iff {

WhyNotHere CallStep::WhyNot(const Surroundings& around) const {
  if (const std::string why = around.NotSpoken(sending); !why.empty()) return {.step = why};
  if (around.ListStandsIn(operation)) return {};
  if (const std::string why = around.NoOperation(operation); !why.empty()) return {.step = why};
  const std::vector<std::string>& tools = around.target.tools;
  const bool unknown = !tool.empty() && !tools.empty() && std::find(tools.begin(), tools.end(), tool) == tools.end();
  return {.step = unknown ? around.target.name + " has no tool called '" + tool + "'" : ""};
}

void CallStep::Perform(Play& play) const {
  const std::string caller = play.CallerOf(sending);
  if (play.around().ListStandsIn(operation)) {
    play.Title(Play::Name(caller) + " asks for the tools");
    if (!sending.with.empty() && play.NotHere(play.sandbox().client().WhyListTellsNothing())) return;
    play.SendAndJudge(sending, "tools/list", Json::object(), "tools/list");
    return;
  }
  const Result<Json> params = play.sandbox().client().CallParams(*this, caller);
  if (!play.Ok(params)) return;
  const std::string called = AtOr<std::string>(*params, "/name", "");
  play.Title(Play::Name(caller) + " calls " + called + (of.empty() || of == caller ? "" : " for what is " + of + "'s") +
             (sending.times > 1 ? ", " + std::to_string(sending.times) + " times" : ""));
  play.SendAndJudge(sending, "tools/call", *params, "tools/call " + called);
}

}  // namespace iff
