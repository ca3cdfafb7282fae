// What became of each clause a server is held to, in one run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/run/result.h"

namespace iff {

struct Standing {
  enum class Kind {
    kTested,       // every judged check passed, and none could not be judged
    kBroken,       // a check failed, be it listed as known or not
    kNotObserved,  // none was judged, or one could not be: nothing is known
    kExcluded,     // no check is meant to answer to it
  };
  Kind kind = Kind::kNotObserved;
  int checks = 0;  // that were judged or could not be, over all targets
  int failed = 0;
  std::string reason = {};  // why excluded or not observed; how much failed
};
std::string_view Name(Standing::Kind kind);  // "not observed"

// One for each of run.clauses, in their order.
std::vector<Standing> StandingsOf(const RunResult& run);

// "tested: 24 passed", "broken: 1 of 24 failed", "not observed: not played".
std::string Told(const Standing& standing);

}  // namespace iff
