// What was seen, and what it means. Pure: values in, a Check out; no clock, no network.
#pragma once

#include <map>
#include <set>
#include <string>

#include "harness/run/observation.h"
#include "harness/run/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

// What an expectation means for one target. Suites are written for any server; judging a stored run again needs the
// same words, so they are stored beside what was seen.
struct TargetTerms {
  bool strict = true;                               // a refusal names its error and metadata, as it should
  std::map<std::string, std::string> tool_of = {};  // operation -> the tool that does it
  std::set<Place> lacks = {};                       // it has no such place: no secret can be there
};

// The only way an expectation is judged: by a run, and again from what the run stored.
Check Judge(const Expectation& expectation, const TargetTerms& terms, const Observation& seen);

}  // namespace iff
