// Whom the answer names, by account, id or address.
#pragma once

#include <string>
#include <vector>

#include "harness/conditions/condition.h"

namespace iff {

// All of these personas.
struct NamesPeople {
  std::vector<std::string> personas = {};
  static const ConditionWord& Word();
  static NamesPeople Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

// None of these personas.
struct NamesNone {
  std::vector<std::string> personas = {};
  static const ConditionWord& Word();
  static NamesNone Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
