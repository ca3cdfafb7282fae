#include "harness/conditions/names.h"

namespace iff {

const ConditionWord& NamesPeople::Word() {
  static const ConditionWord word = {
      .word = "names",
      .schema = R"({"description": "The answer names these people, by account or id.", "$ref": "#/$defs/texts"})",
      .rows = {{.head = "`names: PERSONA`, `names_not: PERSONA`",
                .holds = "the answer names these people, by account or by the issuer's id, or none of them"}},
      .examples = {"PERSONA"},
      .on_answer = true,
      .means = "The answer names the person who is meant, by account or by the issuer's id.",
      .fix =
          "Take who calls from the token of this request, and nothing else, and say it where it "
          "is asked for."};
  return word;
}

NamesPeople NamesPeople::Read(StepReader& in, const std::string& at) { return {.personas = in.Personas(at)}; }

ConditionNeeds NamesPeople::Needs() const { return {}; }

const ConditionWord& NamesNone::Word() {
  static const ConditionWord word = {
      .word = "names_not",
      .schema = R"({"description": "The answer names none of these people.", "$ref": "#/$defs/texts"})",
      .rows = {{.head = "`names: PERSONA`, `names_not: PERSONA`",
                .holds = "the answer names these people, by account or by the issuer's id, or none of them"}},
      .examples = {"PERSONA"},
      .on_answer = true,
      .means = "The answer names none of these people.",
      .fix =
          "Keep nothing of one request where the next can find it; a variable of the process is "
          "everybody's."};
  return word;
}

NamesNone NamesNone::Read(StepReader& in, const std::string& at) { return {.personas = in.Personas(at)}; }

ConditionNeeds NamesNone::Needs() const { return {}; }

}  // namespace iff
