// The clauses a server is held to and the checks of all suites that answer to them.
#pragma once

#include <vector>

#include "harness/run/result.h"
#include "harness/scenario/clauses.h"
#include "harness/session/session.h"

namespace iff {

// Of these suites, with the clauses of scenarios/clauses.yaml. kInvalidInput: mistakes there, with their places.
Result<Coverage> CoverageOf(const std::vector<Suite>& suites, const Places& places);

// As a run stores them.
std::vector<HeldClause> HeldClauses(const Coverage& coverage);

}  // namespace iff
