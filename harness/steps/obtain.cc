#include "harness/steps/obtain.h"

namespace iff {

const StepWord& ObtainStep::Word() {
  static const StepWord word = {
      .word = "obtain",
      .schema = R"({
  "required": ["obtain", "for"],
  "properties": {
    "obtain": {"description": "A real login at the issuer; names the credential.", "$ref": "#/$defs/text"},
    "for": {"description": "Persona that logs in.", "$ref": "#/$defs/text"},
    "scopes": {"description": "Scopes asked for. Default: all of the target's.", "$ref": "#/$defs/texts"},
    "from": {"description": "Component that issues the token. Default: the target's issuer.", "$ref": "#/$defs/text"},
    "client": {"description": "Client it logs in through. Default: the target's; at another issuer than the target's, that issuer's usual one.", "$ref": "#/$defs/text"},
    "also": {"description": "Further scopes of the issuer, beside those.", "$ref": "#/$defs/texts"},
    "bound": {"description": "The token is bound to a key of its own, and comes with proofs of it. Default: false.", "type": "boolean"}
  }
})",
      .head = "`obtain: NAME`",
      .does = "logs a principal in at the issuer; the credential is called NAME",
      .also =
          "`for: PERSONA` (required), `from` (another issuer than the target's, by its component's name), `scopes`, "
          "`also` (further scopes), `client`, `bound: true` (to a key "
          "of its own, RFC 9449)"};
  return word;
}

ObtainStep ObtainStep::Read(StepReader& in, const std::string& at) {
  ObtainStep step{.name = in.NewCredential(at + "/obtain"),
                  .principal = in.Persona(at + "/for"),
                  .client = in.Text(at + "/client")};
  if (in.Has(at + "/scopes")) step.scopes = in.Texts(at + "/scopes");
  if (in.Has(at + "/also")) step.also = in.Texts(at + "/also");
  step.bound = in.Flag(at + "/bound");
  step.issuer = in.Text(at + "/from");
  if (step.bound) in.bound.insert(step.name);
  return step;
}

StepEffects ObtainStep::Effects() const { return {.makes = name}; }

}  // namespace iff
