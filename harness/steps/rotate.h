// The issuer signs with a new key; the old one stays published.
#pragma once

#include "harness/steps/step.h"

namespace iff {

struct RotateStep {
  static const StepWord& Word();
  static RotateStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
