// Time that has to pass, and that cannot be minted.
#pragma once

#include <chrono>

#include "harness/steps/step.h"

namespace iff {

struct WaitStep {
  std::chrono::milliseconds span = {};  // at most 200 ms
  static const StepWord& Word();
  static WaitStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
