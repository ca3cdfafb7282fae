// What the checks of a step were judged by, as it is stored: every secret is masked by then, and whoever reads it
// judges as before.
#pragma once

#include "harness/core/redact.h"
#include "harness/run/judge.h"

namespace iff {

// Who is on the stage, by every id and account, and whose canaries are looked for. Hardly ever another in the next
// step, and long where there are many: stored where it changes, as a step's `people`.
Json PeopleOf(const Observation& seen);
// Without the people. A canary that was in the answer stands there under its alias; one that was not can be found
// nowhere.
Json EvidenceOf(const Observation& seen, const Redactor& redactor);
// `people`: of this step or the nearest before it; runs stored earlier have them in each `evidence`. kInvalidInput
// naming what is not as EvidenceOf wrote it.
Result<Observation> ObservationFrom(const Json& evidence, const Json& people);

}  // namespace iff
