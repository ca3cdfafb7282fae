// The valid token, the forged one, the valid one again: an attack that is refused proves nothing where
// the valid twin is refused too. Of a proof: the valid token each time, with a wrong proof in the middle.
#pragma once

#include "harness/steps/step.h"

namespace iff {

struct AttackStep {
  std::string attack = {};  // of the forge, a proof's or a request's
  std::string from = {};
  std::string operation = {};
  static const StepWord& Word();
  static AttackStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
