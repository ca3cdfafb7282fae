// A run on a session that is there: plays what is selected, shows how it goes, writes the reports.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/run/result.h"

namespace iff {

// Mistakes in what a run is asked for besides its scenarios: forms of reports, `shard` ("3/8"), the baseline.
Result<void> CheckRunArguments(const Call& call, const std::string& shard);

// What a run reads of its files: which scenarios it plays, and which claims it is judged by.
struct RunFiles {
  Selection selection = {};
  std::vector<HeldClaim> claims = {};
};
// As call.options select and accept. kInvalidInput: a mistake in a file, a selector that selects nothing, or --accept
// of no claim.
Result<RunFiles> ReadRunFiles(const Call& call, const SessionOptions& options, const System& system);

// Answers the exit code. Reads selectors, targets, output and the like from call.options. `shard`: only this part
// of the scenarios; all of them when empty. `read`: its files, if they were read before the environment was brought
// up for this run alone; one scenario then begins by itself. nullptr: they are read now.
int PlaySelected(const Call& call, Session& session, const std::string& shard = {}, const RunFiles* read = nullptr);

}  // namespace iff
