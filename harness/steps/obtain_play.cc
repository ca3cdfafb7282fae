#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/obtain.h"

namespace iff {

WhyNotHere ObtainStep::WhyNot(const Surroundings& around) const {
  return {.step = around.OverStdio() && scopes ? around.NoDoor() : ""};
}

void ObtainStep::Perform(Play& play) const {
  play.Title(principal + " logs in" + (issuer.empty() ? "" : " at " + issuer));
  std::vector<std::string> all = scopes ? *scopes : play.sandbox().principals().AllScopes();
  all.insert(all.end(), also.begin(), also.end());
  SandboxPrincipals& principals = play.sandbox().principals();
  const bool obtained =
      play.Ok(principals.Obtain(name, principal, all, client, bound ? std::make_shared<Prover>() : nullptr, issuer));
  // A token for one of them would rightly open the other.
  if (obtained && !play.step().at.empty()) play.NotBeside(principals.WhyOneAudience(name));
}

}  // namespace iff
