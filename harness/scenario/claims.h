// What a green run is taken to say, and the checks that show it: scenarios/claims.yaml.
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

struct RunClaim {
  std::string name = {};     // "audience"
  std::string asks = {};     // "whether a token is refused that was issued for another server"
  std::string refuted = {};  // what a server does that refutes it: "takes a token that was issued for another server"
  // A failed check refutes it only where the request was served: what is refused in another way is refused.
  bool served = false;
  bool of_tokens = false;  // does not arise for a server that takes no tokens of an issuer
  // Each group wants a check that passed. Patterns as of a clause: "suite/scenario" or with ":check", * any letters.
  std::vector<std::vector<std::string>> shown_by = {};
  std::vector<std::string> needs = {};  // each wants a check that passed, too; one that failed refutes nothing
  std::vector<std::string> also = {};   // what refutes it as well, and shows nothing by passing

  friend bool operator==(const RunClaim&, const RunClaim&) = default;
};

// kInvalidInput with every mistake and its place.
Result<std::vector<RunClaim>> LoadClaims(const std::string& path);

// Patterns that no check of the suites fits: "audience: tokens/audiense".
std::vector<std::string> IdlePatterns(const std::vector<RunClaim>& claims, const std::vector<Suite>& suites);

}  // namespace iff
