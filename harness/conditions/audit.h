// What a component's audit log says meanwhile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/conditions/condition.h"

namespace iff {

struct Audited {
  std::string component = {};
  std::string owner = {};      // persona as which it was done; "" any
  std::string operation = {};  // "read", "login", ...; "" any
  std::string path = {};       // contained in the path; "" any
  std::optional<bool> allowed = {};
  std::optional<int64_t> times = {};
  std::optional<int64_t> at_least = {};
  static const ConditionWord& Word();
  static Audited Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
