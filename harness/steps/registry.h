// All step words, for those who read files, publish their schema or write about them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/steps/all.h"

namespace iff {

// In the order of the documentation.
const std::vector<const StepWord*>& StepWords();

// REQUIRES: `word` is one of StepWords().
Action ReadAction(std::string_view word, StepReader& in, const std::string& at);

const StepWord& WordOf(const Action& action);
StepEffects EffectsOf(const Action& action);

// The members a step of that word may have, `label` and `expect` among them.
std::vector<std::string> MembersOf(const StepWord& word);
// What a mistyped word stands beside: every member of any step that is no step word.
bool IsCompanion(const std::string& member);

// The part of the published schema that is about the word: what `$defs/step_<word>` holds.
Json SchemaOf(const StepWord& word);
// Its row of the table in docs/scenario-format.md, without the line's end.
std::string DocumentationOf(const StepWord& word);

}  // namespace iff
