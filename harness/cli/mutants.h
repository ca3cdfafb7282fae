// Proof that the checks notice: every deliberately broken server is run through the suites, and exactly
// the checks its README names must fail.
#pragma once

#include <atomic>
#include <functional>
#include <string_view>

#include "harness/cli/options.h"
#include "harness/cli/session.h"

namespace iff {

// Prints the table mutant x check, survivors and unproven checks; 1 if a mutant survives or is caught by
// other checks than its README names, 2 when `cancelled` became true.
int Mutants(Session& session, const Options& options, const std::atomic<bool>& cancelled,
            const std::function<void(std::string_view)>& say);

}  // namespace iff
