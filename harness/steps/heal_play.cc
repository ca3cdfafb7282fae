#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/heal.h"

namespace iff {

WhyNotHere HealStep::WhyNot(const Surroundings& around) const { return {.scenario = around.NoComponent(component)}; }

void HealStep::Perform(Play& play) const {
  std::string title = component + " is whole again";
  if (const Gate* gate = play.sandbox().FindGate(component); gate != nullptr) {
    const Gate::Counts counts = gate->counts();
    const bool http = gate->endpoint().scheme == "http";
    if (counts.disturbed > 0) {
      title +=
          ", after " + std::to_string(counts.disturbed) + (http ? " requests" : " start-ups") + " that were disturbed";
    }
    if (counts.unread > 0) title += "; " + std::to_string(counts.unread) + " start-ups could not be read";
  }
  play.Title(std::move(title));
  play.Ok(play.disturbances().Clear(component));
}

}  // namespace iff
