// The clauses a server is held to and the checks of all suites that answer to them.
#pragma once

#include <vector>

#include "harness/cli/session.h"
#include "harness/run/result.h"
#include "harness/scenario/clauses.h"

namespace iff {

// Read from scenarios/clauses.yaml and the suites. kInvalidInput: mistakes in one of them, with their places.
Result<Coverage> LoadCoverage(const SessionOptions& options, const System& system, const ProbeSet& probes);

// As a run stores them.
std::vector<HeldClause> HeldClauses(const Coverage& coverage);

}  // namespace iff
