// What a server is that serves nobody: names it, so that its refusals are not taken for safety.
#pragma once

#include <string>

#include "harness/run/result.h"

namespace iff {

struct Diagnosis {
  // "the server answers 401 to everybody, those included who just logged in"; "" for a server that serves somebody.
  std::string what = {};
  // Whatever it refused, it would have refused to anybody: its refusals prove nothing.
  bool proves_nothing = false;
};

// Judges by what crossed the wire to `result.target`. Nothing is said of a scenario that asked nothing with a
// credential somebody had just logged in for.
Diagnosis Diagnose(const ScenarioResult& result);

// Puts it into the result: named where something went wrong, and everything disbelieved where nothing did.
void Apply(const Diagnosis& diagnosis, ScenarioResult& result);
// What that does to the checks alone: of a server that serves nobody, none stays passed.
void Disprove(const Diagnosis& diagnosis, ScenarioResult& result);

}  // namespace iff
