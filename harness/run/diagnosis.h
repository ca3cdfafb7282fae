// What a server is that serves nobody: names it, so that its refusals are not taken for safety.
#pragma once

#include <string>
#include <vector>

#include "harness/run/result.h"

namespace iff {

struct Diagnosis {
  // "the server answers 401 to everybody, those included who just logged in"; "" for a server that serves somebody.
  std::string what = {};
  // Whatever it refused, it would have refused to anybody: its refusals prove nothing.
  bool proves_nothing = false;
  // Nor do its other answers: what failed was never asked as it was meant.
  bool refutes_nothing = false;
  std::string at = {};  // which of the targets beside it is; "": the scenario's own
};

// Judges by what crossed the wire to `result.target` or, where `at` names one, a target beside. Nothing is said of one
// that was asked nothing with a credential somebody had just logged in for, there.
Diagnosis Diagnose(const ScenarioResult& result, const std::string& at = {});
// The same of every target that a step went to; the scenario's own first.
std::vector<Diagnosis> DiagnoseEach(const ScenarioResult& result);

// Puts it into the result: named where something went wrong, and everything disbelieved where nothing did.
void Apply(const Diagnosis& diagnosis, ScenarioResult& result);
// What that does to the checks alone: of a server that serves nobody, none stays passed, at no step that went there.
void Disprove(const Diagnosis& diagnosis, ScenarioResult& result);

}  // namespace iff
