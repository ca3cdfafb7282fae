// What a green run is taken to say, and the checks that show it: scenarios/claims.yaml.
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.h"
#include "harness/scenario/claim.h"
#include "harness/scenario/scenario.h"

namespace iff {

// kInvalidInput with every mistake and its place.
Result<std::vector<RunClaim>> LoadClaims(const std::string& path);

// Patterns that no check of the suites fits: "audience: tokens/audiense".
std::vector<std::string> IdlePatterns(const std::vector<RunClaim>& claims, const std::vector<Suite>& suites);

}  // namespace iff
