#include "harness/conditions/discloses.h"

namespace iff {

const ConditionWord& Discloses::Word() {
  static const ConditionWord word = {
      .word = "discloses",
      .schema = R"({
  "description": "The answer holds what is private to each of these roles at the target's upstream.",
  "$ref": "#/$defs/texts"
})",
      .rows = {{.head = "`discloses: PERSONA`",
                .holds = "the answer holds what is private to the persona at the target's upstream"}},
      .examples = {"PERSONA"},
      .on_answer = true,
      .means =
          "The answer carries the marker planted in the things of the people named. Without "
          "this, a server that answers nobody anything would look safe.",
      .fix =
          "Follow the caller's identity to the credential it fetched and to the upstream call; "
          "one of them was missing or belonged to another."};
  return word;
}

Discloses Discloses::Read(StepReader& in, const std::string& at) { return {.personas = in.Personas(at)}; }

ConditionNeeds Discloses::Needs() const { return {}; }

}  // namespace iff
