// Places where none of the scenario's credentials may occur.
#pragma once

#include <string>
#include <vector>

#include "harness/conditions/condition.h"

namespace iff {

struct NoSecretIn {
  std::vector<std::string> places = {};  // "answer", "log", "audit", "upstream", "far_side"
  static const ConditionWord& Word();
  static NoSecretIn Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
