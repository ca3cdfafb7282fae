// How long the answer may take.
#pragma once

#include <chrono>
#include <string>

#include "harness/conditions/condition.h"

namespace iff {

struct Within {
  std::chrono::milliseconds span = {};
  static const ConditionWord& Word();
  static Within Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
