#include "harness/conditions/names.h"

namespace iff {

const ConditionWord& NamesPeople::Word() {
  static const ConditionWord word = {
      .word = "names",
      .schema = R"({"description": "The answer names these people, by account or id.", "$ref": "#/$defs/texts"})",
      .rows = {{.head = "`names: PERSONA`, `names_not: PERSONA`",
                .holds = "the answer names these people, by account or by the issuer's id, or none of them"}}};
  return word;
}

NamesPeople NamesPeople::Read(StepReader& in, const std::string& at) { return {.personas = in.Personas(at)}; }

ConditionNeeds NamesPeople::Needs() const { return {}; }

const ConditionWord& NamesNone::Word() {
  static const ConditionWord word = {
      .word = "names_not",
      .schema = R"({"description": "The answer names none of these people.", "$ref": "#/$defs/texts"})",
      .rows = {{.head = "`names: PERSONA`, `names_not: PERSONA`",
                .holds = "the answer names these people, by account or by the issuer's id, or none of them"}}};
  return word;
}

NamesNone NamesNone::Read(StepReader& in, const std::string& at) { return {.personas = in.Personas(at)}; }

ConditionNeeds NamesNone::Needs() const { return {}; }

}  // namespace iff
