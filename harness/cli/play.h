// A run on a session that is there: plays what is selected, shows how it goes, writes the reports.
#pragma once

#include "harness/cli/command.h"

namespace iff {

// Answers the exit code. Reads selectors, targets, output and the like from call.options.
int Play(const Call& call, Session& session);

}  // namespace iff
