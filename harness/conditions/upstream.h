// What a component that keeps a ledger was asked meanwhile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/conditions/condition.h"

namespace iff {

struct UpstreamSaw {
  std::string component = {};
  std::optional<int64_t> calls = {};  // exactly
  std::optional<int64_t> at_least = {};
  std::string owner = {};  // persona whose credential every call carried
  static const ConditionWord& Word();
  static UpstreamSaw Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
