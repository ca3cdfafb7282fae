// The key set of an issuer, on its way to the target.
#pragma once

#include <string>

#include "harness/net/gate.h"
#include "harness/run/sandbox.h"

namespace iff {

// The set an issuer publishes, and the gate in front of it. `url`: as the issuer itself knows it.
struct Published {
  Gate* gate = nullptr;
  Url url = {};
  Json set = {};
};

// Of the component that `arguments` name as `disturbs`.
Result<Published> FindPublished(const Sandbox& sandbox, const Json& arguments);

// Why no token of an issuer's is judged at its door; "": they are.
std::string NoTokensAt(const TargetSpec& target);

}  // namespace iff
