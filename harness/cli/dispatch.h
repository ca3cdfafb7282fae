// From a parsed command line to an exit code: here, in the environment that is up, or on one brought up for it. Knows
// no fixture: those come in with the catalogue.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/parse.h"
#include "harness/session/resident.h"

namespace iff {

// Answers the exit code. `arguments` are handed over to an environment that is up, where there is one.
int Dispatch(const Services& services, const Parsed& parsed, const std::vector<std::string>& arguments);

// The other half: in the process that owns the environment that is up.
int DispatchHandedOver(const Services& services, Session& session, const std::vector<std::string>& arguments,
                       const AskerEnds& ends, const std::atomic<bool>& hung_up);

SessionOptions SessionOptionsFor(const Call& call);
// An environment for this command alone; says on a terminal what it waits for.
Result<std::unique_ptr<Session>> BringUp(const Call& call);
// Hands the command to the environment that is up; nothing if none is, or it may not be used.
std::optional<int> TryResident(const Call& call, bool leaves_at_once = false);
// Hands the command over and answers for it; where nothing is up, says so.
int AskWhatIsUp(const Call& call);
// What was typed for this program, "../iff/iff"; "" where that is not known.
std::string ProgramAsTyped(const Options& options);
// The command as typed, without what only one half of the program tells the other.
std::string AsTyped(const std::vector<std::string>& arguments);

}  // namespace iff
