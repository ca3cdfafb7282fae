// A run on a session that is there: plays what is selected, shows how it goes, writes the reports.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/command.h"

namespace iff {

// Mistakes in what a run is asked for besides its scenarios: forms of reports, `shard` ("3/8"), the baseline.
Result<void> CheckRunArguments(const Call& call, const std::string& shard);

// Answers the exit code. Reads selectors, targets, output and the like from call.options. `shard`: only this part
// of the scenarios; all of them when empty. `read`: what is selected, if it was read before the environment was brought
// up for this run alone; one scenario then begins by itself. nullptr: it is read now.
int PlaySelected(const Call& call, Session& session, const std::string& shard = {}, const Selection* read = nullptr);

}  // namespace iff
