// The HTTP status of the answer.
#pragma once

#include <string>
#include <vector>

#include "harness/conditions/condition.h"

namespace iff {

struct HttpStatusIs {
  std::vector<int> statuses = {};  // any of them
  static const ConditionWord& Word();
  static HttpStatusIs Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
