// A resource of the target, by its URI.
#pragma once

#include "harness/steps/sending.h"

namespace iff {

struct ReadStep {
  Sending sending = {};
  std::string uri = {};
  static const StepWord& Word();
  static ReadStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
