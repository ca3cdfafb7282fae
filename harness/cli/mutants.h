// Proof that the checks notice: every deliberately broken server is run through the suites, and exactly
// the checks its README names must fail.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/cli/options.h"
#include "harness/cli/session.h"

namespace iff {

// Prints the table mutant x check, survivors and unproven checks; 1 if a mutant survives or is caught by
// other checks than its README names, 2 when `cancelled` became true. What became of each is kept in the folder `keep`,
// "" for nowhere.
int Mutants(Session& session, const Options& options, const std::string& keep, const std::atomic<bool>& cancelled,
            const std::function<void(std::string_view)>& say);

// The same from what lies in the folder `from`, where one or more runs kept it; nothing is run. `all`: every scenario
// there is. 2: a mutant is missing there.
int KeptMutants(const std::string& root, const std::vector<Scenario>& all, const Options& options, const std::string& from,
                const std::function<void(std::string_view)>& say);

}  // namespace iff
