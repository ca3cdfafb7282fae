// Whose private things the answer has to hold.
#pragma once

#include <string>
#include <vector>

#include "harness/conditions/condition.h"

namespace iff {

// The answer carries the canary of each of these personas at the target's upstream.
struct Discloses {
  std::vector<std::string> personas = {};
  static const ConditionWord& Word();
  static Discloses Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
