// Something is made anew: what can be, the drivers of the components declare. Of keys, the issuer signs with a new one
// and the old one stays published.
#pragma once

#include "harness/steps/step.h"

namespace iff {

struct RotateStep {
  std::string what = "keys";
  static const StepWord& Word();
  static RotateStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
