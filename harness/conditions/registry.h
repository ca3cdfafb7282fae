// All conditions, for those who read files, publish their schema or write about them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/conditions/all.h"
#include "harness/core/json.h"

namespace iff {

// Each once, in the order of all.h.
const std::vector<const ConditionWord*>& ConditionWords();

// Reads what stands at `at`, beside the word. REQUIRES: `word` is one of ConditionWords().
Condition ReadCondition(std::string_view word, StepReader& in, const std::string& at);

const ConditionWord& WordOf(const Condition& condition);
ConditionNeeds NeedsOf(const Condition& condition);

// The part of the published schema that is about the word: what `$defs/expectation/properties/<word>` holds.
Json SchemaOf(const ConditionWord& word);
// Its rows of the table in docs/scenario-format.md, each without the line's end.
std::vector<std::string> DocumentationOf(const ConditionWord& word);

}  // namespace iff
