// How the answer says which credential would do.
#pragma once

#include <string>

#include "harness/conditions/condition.h"

namespace iff {

// A WWW-Authenticate of RFC 6750 and RFC 9728: with this error ("" for none), with resource_metadata, and
// with a scope when `scoped`.
struct Challenges {
  std::string error = {};
  bool scoped = false;
  static const ConditionWord& Word();
  static Challenges Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
