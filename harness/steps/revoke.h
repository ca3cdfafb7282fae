// Takes something away from a principal: what can be taken away, the drivers of the components declare.
#pragma once

#include "harness/steps/step.h"

namespace iff {

struct RevokeStep {
  std::string what = {};
  std::string principal = {};
  std::string from = {};  // component; "": the one that declares it
  static const StepWord& Word();
  static RevokeStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
