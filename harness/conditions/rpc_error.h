// The code of a JSON-RPC error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/conditions/condition.h"

namespace iff {

struct RpcErrorIs {
  std::vector<int64_t> codes = {};  // any of them
  static const ConditionWord& Word();
  static RpcErrorIs Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
