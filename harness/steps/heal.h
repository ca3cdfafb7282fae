// Ends every fault of a component.
#pragma once

#include "harness/steps/step.h"

namespace iff {

struct HealStep {
  std::string component = {};
  static const StepWord& Word();
  static HealStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
