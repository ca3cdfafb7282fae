#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/rotate.h"

namespace iff {

WhyNotHere RotateStep::WhyNot(const Surroundings& around) const {
  if (around.OverStdio()) return {.scenario = around.NoDoor()};
  if (around.target.key_header.empty()) return {};
  return {.scenario = around.target.name + " takes keys: there is no issuer whose keys could be rotated"};
}

void RotateStep::Perform(Play& play) const {
  play.Title("the issuer's signing key is rotated");
  if (play.NotHere(play.sandbox().WhyNoKeys())) return;
  const Result<IssuerKeys*> keys = play.sandbox().KeysOf();
  if (play.Ok(keys)) play.Ok((*keys)->Rotate());
}

}  // namespace iff
