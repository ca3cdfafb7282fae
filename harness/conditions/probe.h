// A finding of the step's probe, by name.
#pragma once

#include <string>

#include "harness/conditions/condition.h"

namespace iff {

struct ProbeFinds {
  std::string finding = {};
  static const ConditionWord& Word();
  static ProbeFinds Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
