#include "harness/steps/revoke.h"

namespace iff {

const StepWord& RevokeStep::Word() {
  static const StepWord word = {.word = "revoke",
                                .schema = R"({
  "required": ["revoke", "of"],
  "properties": {
    "revoke": {"description": "What is taken away: what drivers of the system declare.", "$ref": "#/$defs/revocable"},
    "of": {"description": "Whose.", "$ref": "#/$defs/text"}
  }
})",
                                .head = "`revoke: WHAT`",
                                .does =
                                    "takes something away that a driver declares: of an issuer `sessions`, `account`; "
                                    "of a secret store `grants`, "
                                    "`entity`, `credential`",
                                .also = "`of: PERSONA` (required)"};
  return word;
}

RevokeStep RevokeStep::Read(StepReader& in, const std::string& at) {
  return {.what = in.OneOf(at + "/revoke", in.List(in.vocabulary().revocable)), .principal = in.Persona(at + "/of")};
}

StepEffects RevokeStep::Effects() const {
  return {.changes = "it revokes what is " + principal + "'s: " + what, .event = "revoke", .about = principal};
}

}  // namespace iff
