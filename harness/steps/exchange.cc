#include "harness/steps/exchange.h"

namespace iff {

const StepWord& ExchangeStep::Word() {
  static const StepWord word = {.word = "exchange",
                                .schema = R"({
  "required": ["exchange", "from", "client", "audience"],
  "properties": {
    "exchange": {"description": "A token exchange (RFC 8693); names the new credential.", "$ref": "#/$defs/text"},
    "from": {"description": "Credential to exchange.", "$ref": "#/$defs/text"},
    "client": {"description": "Client that exchanges it.", "$ref": "#/$defs/text"},
    "audience": {"description": "Whom the new one is for.", "$ref": "#/$defs/text"}
  }
})",
                                .at_target = false,
                                .head = "`exchange: NAME`",
                                .does = "exchanges a token (RFC 8693)",
                                .also = "`from: CREDENTIAL`, `client`, `audience` (all required)"};
  return word;
}

ExchangeStep ExchangeStep::Read(StepReader& in, const std::string& at) {
  ExchangeStep step{.from = in.CredentialName(at + "/from"),
                    .client = in.Text(at + "/client", true),
                    .audience = in.Text(at + "/audience", true)};
  step.name = in.NewCredential(at + "/exchange");
  return step;
}

StepEffects ExchangeStep::Effects() const { return {.makes = name}; }

}  // namespace iff
