// A token signed with the issuer's own key, or forged.
#pragma once

#include "harness/core/json.h"
#include "harness/steps/step.h"

namespace iff {

struct MintStep {
  std::string name = {};
  std::string from = {};
  std::string forge = {};        // an attack of the forge; or:
  bool to_certificate = false;   // bound to its owner's certificate (RFC 8705 section 3.1), and shown with it
  Json change = Json::object();  // claims; "+60s" and "-120s" are relative to now, null removes
  Json header = Json::object();
  static const StepWord& Word();
  static MintStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
