#include "harness/conditions/within.h"

namespace iff {

const ConditionWord& Within::Word() {
  static const ConditionWord word = {
      .word = "within",
      .schema = R"({"description": "The answer came within this time.", "$ref": "#/$defs/span"})",
      .rows = {{.head = "`within: 2s`", .holds = "the answer came in time"}},
      .examples = {"5ms"},
      .on_answer = true,
      .means = "The answer came within the time named.",
      .fix =
          "Put a deadline on every call to a dependency, shorter than the caller's patience, and "
          "refuse when it passes."};
  return word;
}

Within Within::Read(StepReader& in, const std::string& at) {
  return {.span = in.Span(at).value_or(std::chrono::milliseconds(0))};
}

ConditionNeeds Within::Needs() const { return {}; }

}  // namespace iff
