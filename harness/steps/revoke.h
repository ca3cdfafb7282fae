// Takes something away: sessions, account (both at the issuer), grants, entity (at the secret store), or
// credential (the holding for the target's upstream).
#pragma once

#include "harness/steps/step.h"

namespace iff {

struct RevokeStep {
  std::string what = {};
  std::string principal = {};
  static const StepWord& Word();
  static RevokeStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
