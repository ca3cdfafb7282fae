// A header field of the answer.
#pragma once

#include <string>

#include "harness/conditions/condition.h"

namespace iff {

struct HeaderIs {
  std::string name = {};
  std::string contains = {};  // "" for "is there"
  static const ConditionWord& Word();
  static HeaderIs Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
