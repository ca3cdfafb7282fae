#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/exchange.h"

namespace iff {

WhyNotHere ExchangeStep::WhyNot(const Surroundings& around) const { return {.step = around.NoTokens()}; }

void ExchangeStep::Perform(Play& play) const {
  play.Title("a token is exchanged for audience " + audience);
  const Credential* source = play.sandbox().principals().FindCredential(from);
  const Result<TokenIssuer*> issuer = play.sandbox().principals().Issuer(source->issuer);
  if (!play.Ok(issuer)) return;
  Result<Credential> exchanged = (*issuer)->Exchange(*source, client, audience);
  if (!play.Ok(exchanged)) return;
  play.sandbox().principals().Keep(name, source->principal, std::move(exchanged).value());
}

}  // namespace iff
