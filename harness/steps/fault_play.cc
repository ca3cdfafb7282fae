#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/fault.h"

namespace iff {

WhyNotHere FaultStep::WhyNot(const Surroundings& around) const {
  // A store is sealed at the store itself.
  if (!around.target.url.empty() && as != "sealed") return {.scenario = around.NoGate()};
  if (const std::string why = around.NoComponent(component); !why.empty()) return {.scenario = why};
  const auto spoken = around.means.speech.find(component);
  if (spoken == around.means.speech.end() || Suits(spoken->second.protocol)) return {};
  return {.scenario = component + " speaks " + spoken->second.title + ", and cannot be disturbed as '" + as + "'"};
}

void FaultStep::Perform(Play& play) const {
  play.Title(component + " is disturbed" + (start_ups ? " where connections begin" : "") +
             (principal.empty() ? "" : " for " + principal) + ": " + as);
  play.Ok(play.disturbances().Set(*this));
}

}  // namespace iff
