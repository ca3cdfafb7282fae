// What the checks of a step were judged by, as it is stored: every secret is masked by then, and whoever reads it
// judges as before.
#pragma once

#include "harness/core/redact.h"
#include "harness/run/judge.h"

namespace iff {

// A canary that was in the answer stands there under its alias; one that was not can be found nowhere.
Json EvidenceOf(const Observation& seen, const Redactor& redactor);
// kInvalidInput naming what is not as EvidenceOf wrote it.
Result<Observation> ObservationFrom(const Json& evidence);

}  // namespace iff
