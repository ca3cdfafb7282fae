// A tool of the target, by its name or by the operation it does.
#pragma once

#include <optional>
#include <string>

#include "harness/core/json.h"
#include "harness/steps/sending.h"

namespace iff {

struct CallStep {
  Sending sending = {};
  std::string tool = {};       // a tool by name, or:
  std::string operation = {};  // what the target calls so
  std::string of = {};         // persona whose thing is asked for
  std::optional<Json> arguments = {};
  static const StepWord& Word();
  static CallStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
