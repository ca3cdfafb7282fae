#include "harness/environment/drivers.h"
#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/rotate.h"

namespace iff {

WhyNotHere RotateStep::WhyNot(const Surroundings& around) const {
  const auto found = around.means.rotatable.find(what);
  if (found == around.means.rotatable.end()) {
    return {.scenario = "no component of " + around.system.name + " has '" + what + "' to rotate"};
  }
  if (!found->second.at_issuer) return {};
  if (around.OverStdio()) return {.scenario = around.NoDoor()};
  if (around.target.key_header.empty()) return {};
  return {.scenario = around.target.name + " takes keys: there is no issuer whose " + what + " could be rotated"};
}

void RotateStep::Perform(Play& play) const {
  const Declared& declared = play.means().rotatable.at(what);  // else it would not apply
  play.Title(declared.at_issuer ? "the issuer's " + what + " are rotated" : what + " are rotated");
  if (declared.at_issuer && play.NotHere(play.sandbox().principals().WhyNoKeys())) return;
  const Result<Component*> component = Declaring(play.sandbox(), declared);
  if (!play.Ok(component)) return;
  const Driver* driver =
      DriverOf(play.sandbox().context().driver_registry, play.sandbox().context().system, (*component)->name());
  if (driver == nullptr) return;
  for (const Rotatable& one : driver->rotatable) {
    if (one.what == what) play.Ok(one.rotate(**component));
  }
}

}  // namespace iff
