// Whose private things the answer must not hold.
#pragma once

#include <string>
#include <vector>

#include "harness/conditions/condition.h"

namespace iff {

// The answer, headers included, carries no canary and no credential of these personas; empty: of anybody but
// the caller.
struct Withholds {
  std::vector<std::string> personas = {};
  static const ConditionWord& Word();
  static Withholds Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
