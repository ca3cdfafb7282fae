#include "harness/steps/mint.h"

namespace iff {

const StepWord& MintStep::Word() {
  static const StepWord word = {
      .word = "mint",
      .schema = R"({
  "required": ["mint", "from"],
  "properties": {
    "mint": {"description": "A token signed with the issuer's own key, or forged; names it.", "$ref": "#/$defs/text"},
    "from": {"description": "Credential it is made from.", "$ref": "#/$defs/text"},
    "forge": {"description": "An attack of harness/jose/forge.h; without: a valid signature.", "$ref": "#/$defs/text"},
    "change": {"description": "Claims: value, null to remove, '+60s' or '-120s' for a time from now.", "type": "object"},
    "to_certificate": {"description": "Bound to its owner's certificate (RFC 8705), and shown with it. Default: false.", "type": "boolean"},
    "header": {"description": "Header members, likewise.", "type": "object"}
  }
})",
      .at_target = false,
      .head = "`mint: NAME`",
      .does = "a token signed with the issuer's own key",
      .also =
          "`from: CREDENTIAL` (required), `change`, `header`, `to_certificate: true` (bound to its "
          "owner's certificate, RFC 8705), or `forge: ATTACK`"};
  return word;
}

MintStep MintStep::Read(StepReader& in, const std::string& at) {
  std::vector<std::string> forged = StepReader::List(in.vocabulary().attacks);
  std::erase_if(forged, [&in](const std::string& attack) {
    return in.vocabulary().of_proofs.contains(attack) || in.vocabulary().of_certificates.contains(attack);
  });
  MintStep step{.from = in.CredentialName(at + "/from"),
                .forge = in.OneOf(at + "/forge", forged, false),
                .to_certificate = in.Flag(at + "/to_certificate"),
                .change = in.Object(at + "/change"),
                .header = in.Object(at + "/header")};
  if (step.to_certificate) in.WantCertificates(at + "/to_certificate");
  step.name = in.NewCredential(at + "/mint");
  return step;
}

StepEffects MintStep::Effects() const { return {.makes = name, .attack = forge}; }

}  // namespace iff
