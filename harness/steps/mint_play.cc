#include "harness/run/applies.h"
#include "harness/run/fill.h"
#include "harness/run/play.h"
#include "harness/steps/mint.h"

namespace iff {

WhyNotHere MintStep::WhyNot(const Surroundings& around) const { return {.step = around.NoTokens()}; }

void MintStep::Perform(Play& play) const {
  const Credential* source = play.sandbox().principals().FindCredential(from);
  play.Title("a token is minted from " + source->alias + (forge.empty() ? "" : ": " + forge));
  if (play.NotHere(play.sandbox().principals().WhyNotForged(forge, *source))) return;
  const Result<Forge> maker = play.sandbox().principals().MakeForge(source->issuer);
  if (!play.Ok(maker)) return;
  const int64_t now = play.sandbox().context().clock.NowSeconds();
  Json claims = Timed(change, now);
  CredentialForm form = source->form;
  if (to_certificate) {
    const std::string certificate = play.sandbox().principals().CertificateOf(source->principal);
    claims["cnf"]["x5t#S256"] = certificate;
    form = CertificateBoundToken{certificate};
  }
  Result<Secret> token =
      forge.empty() ? maker->Reissue(source->value, claims, Timed(header, now)) : maker->Make(forge, source->value);
  if (!play.Ok(token)) return;
  play.sandbox().principals().Keep(name, source->principal,
                                   {.issuer = source->issuer, .form = form, .value = std::move(token).value()});
}

}  // namespace iff
