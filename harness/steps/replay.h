// Sends the request of an earlier step again, byte for byte, with another credential if given.
#pragma once

#include "harness/steps/sending.h"

namespace iff {

struct ReplayStep {
  Sending sending = {};
  std::string label = {};
  static const StepWord& Word();
  static ReplayStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
