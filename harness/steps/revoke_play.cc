#include <algorithm>

#include "harness/environment/drivers.h"
#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/revoke.h"

namespace iff {

WhyNotHere RevokeStep::WhyNot(const Surroundings& around) const {
  const auto found = around.means.revocable.find(what);
  if (found == around.means.revocable.end()) {
    return {.scenario = "no component of " + around.system.name + " has '" + what + "' to revoke"};
  }
  if (const std::string why = around.NoComponent(from); !why.empty()) return {.scenario = why};
  const std::vector<std::string>& able = found->second.components;
  if (!from.empty() && std::find(able.begin(), able.end(), from) == able.end()) {
    return {.scenario = from + " has no '" + what + "' to revoke"};
  }
  if (!found->second.at_issuer) return {};
  if (around.OverStdio()) return {.scenario = around.NoDoor()};
  if (around.target.key_header.empty()) return {};
  return {.scenario = around.target.name + " takes keys: there is no issuer to revoke them"};
}

void RevokeStep::Perform(Play& play) const {
  play.Title(principal + ": " + what + " revoked");
  Declared declared = play.means().revocable.at(what);  // else it would not apply
  if (!from.empty()) declared.components = {from};
  const Result<Component*> component = Declaring(play.sandbox(), declared);
  if (!play.Ok(component)) return;
  const Driver* driver =
      DriverOf(play.sandbox().context().driver_registry, play.sandbox().context().system, (*component)->name());
  if (driver == nullptr) return;
  for (const Revocable& one : driver->revocable) {
    if (one.what != what) continue;
    play.Ok(one.revoke(**component, *play.sandbox().principals().Find(principal), play.sandbox().target().upstream));
  }
}

}  // namespace iff
