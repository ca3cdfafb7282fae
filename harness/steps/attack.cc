#include "harness/steps/attack.h"

namespace iff {

const StepWord& AttackStep::Word() {
  static const StepWord word = {
      .word = "attack",
      .schema = R"({
  "required": ["attack", "from", "operation", "expect"],
  "properties": {
    "attack": {"description": "A forged token of harness/jose/forge.h, between two uses of the valid one.", "$ref": "#/$defs/text"},
    "from": {"description": "Credential it is forged from.", "$ref": "#/$defs/text"},
    "operation": {"description": "Operation it is tried on.", "$ref": "#/$defs/text"}
  }
})",
      .head = "`attack: ATTACK`",
      .does =
          "valid token, forged token, valid token again; judges the middle one. Of a `proof-…`: valid "
          "token and wrong proof; of a `certificate-…`: the connection shows a wrong certificate; of a "
          "`request-…`: valid token, and a request that is wrong in one way",
      .also = "`from: CREDENTIAL`, `operation` and `expect` (all required)"};
  return word;
}

AttackStep AttackStep::Read(StepReader& in, const std::string& at) {
  if (!in.Has(at + "/expect")) in.Mistake(at, "an attack needs an 'expect': name the check");
  AttackStep step{.attack = in.OneOf(at + "/attack", StepReader::List(in.vocabulary().attacks)),
                  .from = in.CredentialName(at + "/from"),
                  .operation = in.OneOf(at + "/operation", StepReader::List(in.vocabulary().operations))};
  if (in.vocabulary().of_proofs.contains(step.attack) && !in.bound.contains(step.from)) {
    in.Mistake(
        at + "/from",
        "'" + step.from + "' is not bound to a key, so there is no proof to be wrong: obtain it with 'bound: true'");
  }
  if (in.vocabulary().of_certificates.contains(step.attack)) in.WantCertificates(at);
  return step;
}

StepEffects AttackStep::Effects() const { return {.attack = attack, .operation = operation}; }

}  // namespace iff
