// A function of scenarios/probes/, for what data cannot say.
#pragma once

#include "harness/core/json.h"
#include "harness/steps/step.h"

namespace iff {

struct ProbeStep {
  std::string name = {};
  Json arguments = Json::object();
  static const StepWord& Word();
  static ProbeStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
