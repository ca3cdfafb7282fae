// Of `times` calls: how many succeeded, and how many were answered with a status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/conditions/condition.h"

namespace iff {

struct Tally {
  std::string what = {};  // "succeeded" or "429"
  std::optional<int64_t> exactly = {};
  std::optional<int64_t> at_least = {};
  std::optional<int64_t> at_most = {};
  static const ConditionWord& Word();
  static Tally Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
