#include "harness/steps/revoke.h"

namespace iff {

const StepWord& RevokeStep::Word() {
  static const StepWord word = {.word = "revoke",
                                .schema = R"({
  "required": ["revoke", "of"],
  "properties": {
    "revoke": {"description": "What is taken away: what drivers of the system declare.", "$ref": "#/$defs/revocable"},
    "of": {"description": "Whose.", "$ref": "#/$defs/text"},
    "from": {"description": "Component, or role: where. Default: the one that declares it.", "$ref": "#/$defs/text"}
  }
})",
                                .head = "`revoke: WHAT`",
                                .does =
                                    "takes something away that a driver declares: of an issuer `sessions`, `account`; "
                                    "of a secret store `grants`, "
                                    "`entity`, `credential`",
                                .also = "`of: PERSONA` (required), `from: COMPONENT`"};
  return word;
}

RevokeStep RevokeStep::Read(StepReader& in, const std::string& at) {
  RevokeStep step{.what = in.OneOf(at + "/revoke", in.List(in.vocabulary().revocable)),
                  .principal = in.Persona(at + "/of")};
  if (in.Has(at + "/from")) step.from = in.ComponentName(at + "/from");
  return step;
}

StepEffects RevokeStep::Effects() const {
  return {.changes = "it revokes what is " + principal + "'s: " + what, .event = "revoke", .about = principal};
}

}  // namespace iff
