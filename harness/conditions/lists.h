// Of the names listed by tools/list; an operation stands for the target's tool.
#pragma once

#include <string>
#include <vector>

#include "harness/conditions/condition.h"

namespace iff {

struct Lists {
  std::vector<std::string> shown = {};
  std::vector<std::string> hidden = {};
  static const ConditionWord& Word();
  static Lists Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
