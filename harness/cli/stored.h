// Runs that were stored, on the terminal: one judged again, and what all of them together say.
#pragma once

#include <string>

#include "harness/cli/console.h"
#include "harness/cli/options.h"
#include "harness/session/session.h"

namespace iff {

// What options.path names: publish/stored_runs.h.
Result<std::string> FindRun(const Options& options, const Places& places);

// "1.3%".
std::string Percent(double rate);

using Say = Messages;
// iff judge: the exit code of the run, had it been judged as the scenario files say now.
int JudgeStored(const SessionOptions& session, const ProbeSet& probes, const Options& options, const Say& say);
// iff history: always 0, or 64 for a scenario that no run has played.
int TellHistory(const Places& places, const Options& options, const Say& say);

}  // namespace iff
