// Failures somebody knows of and has written down, each until a day: they do not turn a run red, and once they pass the
// run says so, because the list can only shrink. An entry names a check of a scenario, or a cause with all it explains.
#pragma once

#include <string>
#include <vector>

#include "harness/core/clock.h"
#include "harness/core/result.h"
#include "harness/run/result.h"

namespace iff {

struct KnownFailure {
  std::string scenario = {};
  std::string check = {};
  std::string cause = {};   // in the place of both
  std::string target = {};  // of a cause; "": at whichever it is found
  std::string reason = {};
  std::string until = {};  // a day, "2027-01-31"; afterwards the entry counts no more
};
// A file that is not there holds none.
Result<std::vector<KnownFailure>> LoadKnownFailures(const std::string& path);

// Those that name a cause, and that count on the day of `now`.
std::vector<AcceptedCause> AcceptedCauses(const std::vector<KnownFailure>& known, WallTime now);
// Marks each failed check of `result` that is one of them on the day of `now`.
void MarkKnown(const std::vector<KnownFailure>& known, WallTime now, ScenarioResult& result);
// "scenario check" of those that passed though they are known to fail; in one order, however a run is split and put
// together again.
std::vector<std::string> UnexpectedPasses(const std::vector<KnownFailure>& known, WallTime now,
                                          const std::vector<ScenarioResult>& scenarios);

}  // namespace iff
