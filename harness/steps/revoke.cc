#include "harness/steps/revoke.h"

namespace iff {

const StepWord& RevokeStep::Word() {
  static const StepWord word = {
      .word = "revoke",
      .schema = R"({
  "required": ["revoke", "of"],
  "properties": {
    "revoke": {"description": "sessions and account at the issuer; grants, entity and credential at the secret store.", "enum": ["sessions", "account", "grants", "entity", "credential"]},
    "of": {"description": "Whose.", "$ref": "#/$defs/text"}
  }
})",
      .head = "`revoke: WHAT`",
      .does =
          "takes something away: `sessions`, `account` (at the issuer), `grants`, `entity`, `credential` "
          "(at the secret store)",
      .also = "`of: PERSONA` (required)"};
  return word;
}

RevokeStep RevokeStep::Read(StepReader& in, const std::string& at) {
  return {.what = in.OneOf(at + "/revoke", {"sessions", "account", "grants", "entity", "credential"}),
          .principal = in.Persona(at + "/of")};
}

StepEffects RevokeStep::Effects() const {
  return {.changes = "it revokes what is " + principal + "'s: " + what, .event = "revoke", .about = principal};
}

}  // namespace iff
