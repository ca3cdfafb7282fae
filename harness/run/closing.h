// What becomes of a scenario's result when its steps are over: what was not judged, and what cannot be believed.
#pragma once

#include <string>

#include "harness/core/redact.h"
#include "harness/environment/environment.h"
#include "harness/run/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

// Every check that was not judged is errored: what was not reached is not green.
void ErrorTheRest(const Scenario& scenario, ScenarioResult& result);
// Says why nothing applied, where nothing did.
void NoteIfNothingApplied(ScenarioResult& result);
// Every text that may quote a server.
void MaskTexts(ScenarioResult& result, const Redactor& redactor);
// Every check is errored: what was seen while a component was gone is not believed, a refusal least of all.
void Disbelieve(ScenarioResult& result, const std::string& why);
// Entities that stores of people made for somebody nobody declared are an error of the scenario, by name.
void NoteUndeclared(const Environment& environment, ScenarioResult& result);

}  // namespace iff
