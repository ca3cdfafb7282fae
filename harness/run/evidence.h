// What the checks of a scenario were judged by, as it is stored: every secret is masked, and whoever reads it judges as
// the run did. One file for each scenario, `evidence/<suite>/<name>@<target>.json`:
//
//   {"evidence": 3, "id": ..., "scenario": the document, "terms": what TargetTerms holds, "beside": the same of each
//    target beside, where there are any, "disbelieved": why, if so,
//    "steps": [{"people": where they changed, "answer": ..., and every other member of Observation}, null, ...]}
//
// A step that was judged by nothing is null. Version 1 lacked what some checks depend on, version 2 had
// other names; neither is judged again. A member that came later and has a default that is right (its row says
// omit_empty) is no new version: where it is not there it is read as "not seen".
#pragma once

#include "harness/core/redact.h"
#include "harness/run/judge.h"

namespace iff {

inline constexpr int kEvidenceVersion = 3;

// The file's text. Deeper than other files may be: an answer may be nested as deeply as JSON of others may.
Result<Json> ParseEvidence(std::string_view text);

// How the evidence of a scenario begins. `beside`: terms of the targets that stand beside its own.
Json EvidenceHead(const TargetTerms& terms, const std::map<std::string, TargetTerms>& beside = {});
// kInvalidInput: no evidence, of another version, or damaged.
Result<void> CheckEvidence(const Json& evidence);
// Of the target that a step went to; "": the scenario's own.
Result<TargetTerms> TermsFrom(const Json& evidence, const std::string& at = "");

// Who is in the sandbox, by every id and account, and whose canaries are looked for. Hardly ever another in the next
// step, and long where there are many: stored where it changes, as a step's `people`.
Json PeopleOf(const Observation& seen);
// Without the people. A canary that was in the answer stands there under its alias; one that was not can be found
// nowhere.
Json EvidenceOf(const Observation& seen, const Redactor& redactor);
// `people`: of this step or the nearest before it. kInvalidInput naming what is not as EvidenceOf wrote it.
Result<Observation> ObservationFrom(const Json& evidence, const Json& people);

}  // namespace iff
