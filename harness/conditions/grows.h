// A count of a component's resources after the step, compared with the one before the scenario.
#pragma once

#include <cstdint>
#include <string>

#include "harness/conditions/condition.h"

namespace iff {

struct CountGrows {
  std::string component = {};
  std::string what = {};
  int64_t at_most = 0;
  static const ConditionWord& Word();
  static CountGrows Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
