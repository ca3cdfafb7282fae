// A real login; the credential gets a name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/steps/step.h"

namespace iff {

struct ObtainStep {
  std::string name = {};
  std::string principal = {};
  std::optional<std::vector<std::string>> scopes = {};  // of the issuer; default: the target's, all
  std::string client = {};                              // default: the target's
  std::vector<std::string> also = {};                   // further scopes of the issuer
  bool bound = false;                                   // the token is bound to a key of its own (RFC 9449)
  std::string issuer = {};                              // the component; default: the target's issuer
  static const StepWord& Word();
  static ObtainStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
