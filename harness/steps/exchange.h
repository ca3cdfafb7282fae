// A token exchange (RFC 8693).
#pragma once

#include "harness/steps/step.h"

namespace iff {

struct ExchangeStep {
  std::string name = {};
  std::string from = {};
  std::string client = {};
  std::string audience = {};
  static const StepWord& Word();
  static ExchangeStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
