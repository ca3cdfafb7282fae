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

// The claims of scenarios/claims.yaml with what the targets of the system say of them. `accepted`: "NAME=REASON", for
// all targets. kInvalidInput: mistakes there, or a claim that nobody makes.
Result<std::vector<HeldClaim>> HeldClaims(const System& system, const Places& places,
                                          const std::vector<std::string>& accepted);

}  // namespace iff
