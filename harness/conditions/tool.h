// Whether the tool ran, and how that ended.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "harness/conditions/condition.h"

namespace iff {

struct ToolSucceeds;
struct ToolFails;
using ToolOutcome = std::variant<ToolSucceeds, ToolFails>;

// The tool ran and said so: HTTP 200, a result, no isError.
struct ToolSucceeds {
  static const ConditionWord& Word();
  static ToolOutcome Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

// The tool's result has isError and one of these codes (any when empty).
struct ToolFails {
  std::vector<std::string> codes = {};
  static const ConditionWord& Word();
  static ToolOutcome Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
