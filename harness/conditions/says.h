// A text that the answer contains, or does not.
#pragma once

#include <string>

#include "harness/conditions/condition.h"

namespace iff {

struct AnswerSays {
  std::string text = {};
  static const ConditionWord& Word();
  static AnswerSays Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

struct SilentAbout {
  std::string text = {};
  static const ConditionWord& Word();
  static SilentAbout Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
