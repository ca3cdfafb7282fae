// tools/list, resources/list, prompts/list, server/discover: any method without side effect.
#pragma once

#include "harness/steps/sending.h"

namespace iff {

struct ListStep {
  Sending sending = {};
  std::string method = {};
  static const StepWord& Word();
  static ListStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
