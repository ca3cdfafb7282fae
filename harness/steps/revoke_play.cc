#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/revoke.h"

namespace iff {

WhyNotHere RevokeStep::WhyNot(const Surroundings& around) const {
  const bool at_issuer = what == "sessions" || what == "account";
  if (at_issuer && around.OverStdio()) return {.scenario = around.NoDoor()};
  if (at_issuer && !around.target.key_header.empty()) {
    return {.scenario = around.target.name + " takes keys: there is no issuer to revoke them"};
  }
  if (!at_issuer && !around.means.secret_store) {
    return {.scenario = "no component of " + around.system.name + " keeps people's secrets"};
  }
  return {};
}

void RevokeStep::Perform(Play& play) const {
  play.Title(principal + ": " + what + " revoked");
  const Principal& whose = *play.sandbox().FindPrincipal(principal);
  if (what == "sessions" || what == "account") {
    const Result<TokenIssuer*> issuer = play.sandbox().Issuer();
    if (!play.Ok(issuer)) return;
    play.Ok(what == "sessions" ? (*issuer)->EndSessions(whose) : (*issuer)->SetEnabled(whose, false));
    return;
  }
  const Result<SecretStore*> store = play.sandbox().Find<SecretStore>();
  if (!play.Ok(store)) return;
  if (what == "grants") play.Ok((*store)->RevokeGrants(whose));
  if (what == "entity") play.Ok((*store)->SetEnabled(whose, false));
  if (what == "credential") play.Ok((*store)->Drop(whose, play.sandbox().target().upstream));
}

}  // namespace iff
