// What became of each claim at each server of a run.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/result.h"

namespace iff {

struct ClaimStanding {
  enum class Kind {
    kProved,
    kRefuted,      // a check failed, be it listed as known or not
    kNotTried,     // nothing is known, and somebody has to say so before the run is green
    kAccepted,     // not tried either, and the project file says why that is well
    kNotSelected,  // what shows it was left out of this run on purpose
    kExcused,      // does not arise for this server
  };
  size_t claim = 0;  // of run.claims
  std::string target = {};
  Kind kind = Kind::kNotTried;
  std::string reason = {};              // why not tried, accepted or excused; which check refutes it
  std::set<std::string> refuting = {};  // all that do, by id
};
std::string_view Name(ClaimStanding::Kind kind);  // "not tried"

// For each of run.claims each target, in their order. Empty for one shard of a run: the merged run tells.
std::vector<ClaimStanding> ClaimsOf(const RunResult& run);

// "whether a token is refused that has expired (jira, github: there is no issuer)": what was not tried, where and why.
// Claims with one reason are told together.
std::vector<std::string> Untried(const RunResult& run);

}  // namespace iff
