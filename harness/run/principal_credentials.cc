// What the principals of a scenario may present.
#include <algorithm>

#include "harness/core/bytes.h"
#include "harness/jose/token.h"
#include "harness/run/sandbox_principals.h"
#include "harness/run/tamper/tamper.h"
#include "harness/run/wrong_certificates.h"

namespace iff {

const Principal* SandboxPrincipals::Find(std::string_view persona) const {
  for (const Principal& principal : principals_) {
    if (principal.persona == persona) return &principal;
  }
  return nullptr;
}

std::string SandboxPrincipals::SomebodyBut(std::string_view persona) const {
  for (const Principal& principal : principals_) {
    if (principal.persona != persona) return principal.name;
  }
  return "somebody";
}

std::vector<std::string> SandboxPrincipals::MarksOf(std::string_view persona) const {
  std::vector<std::string> marks;
  const Principal* principal = Find(persona);
  if (principal == nullptr) return marks;
  std::set<std::string> texts = {principal->id, principal->name};
  for (const auto& [issuer, account] : principal->issuers) texts.insert(account.id);
  for (const std::string& text : texts) {
    marks.push_back(text);
    // A text within a text in base64url has one of three forms, but for its ends.
    for (size_t before = 0; before < 3; ++before) {
      const std::string coded = Base64Url(std::string(before, 'x') + text);
      const size_t begin = (before * 8 + 5) / 6;
      const size_t whole = (before + text.size()) * 8 / 6;
      marks.push_back(coded.substr(begin, whole - begin));
    }
  }
  for (const auto& [upstream, account] : principal->accounts) {
    marks.push_back(account.login);
    if (!account.token.empty()) marks.push_back(account.token.Reveal());
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [name, credential] : credentials_) {
    if (credential.principal == persona && !credential.value.empty()) marks.push_back(credential.value.Reveal());
  }
  return marks;
}

const Credential* SandboxPrincipals::FindCredential(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = credentials_.find(std::string(name));
  return found == credentials_.end() ? nullptr : &found->second;  // map nodes stay where they are
}

void SandboxPrincipals::Keep(const std::string& name, const std::string& persona, Credential credential) {
  const std::lock_guard lock(mutex_);
  credential.principal = persona;
  // Whatever is shown to a target that takes keys stands where it looks for one.
  if (target_->TakesKeys() && std::holds_alternative<BearerToken>(credential.form)) {
    credential.form = ApiKey{EqualsIgnoreCase(target_->key_header, "Authorization") ? "" : target_->key_header};
  }
  credential.alias = persona + ".mcp.token#" + std::to_string(++minted_[persona]);
  constexpr Redactor::Lasts kPassing = Redactor::Lasts::kUntilForgotten;
  if (credential.value.size() >= 6)
    context_.redactor.Register(credential.value, credential.alias, {.owner = persona}, kPassing);
  if (credential.refresh.size() >= 6)
    context_.redactor.Register(credential.refresh, credential.alias + ".refresh", {.owner = persona}, kPassing);
  credentials_[name] = std::move(credential);
}

std::vector<std::string> SandboxPrincipals::AllScopes() const {
  std::vector<std::string> scopes;
  for (const auto& [use, scope] : target_->scopes) scopes.push_back(scope);
  return scopes;
}

std::string SandboxPrincipals::IssuerName() const {
  if (!target_->issuer.empty()) return target_->issuer;
  std::string only;
  for (const ComponentSpec& spec : context_.system.components) {
    if (!components_.Find<TokenIssuer>(spec.name).ok()) continue;
    if (!only.empty()) return "";
    only = spec.name;
  }
  return only;
}

Result<TokenIssuer*> SandboxPrincipals::Issuer(std::string_view name) const {
  const std::string issuer = name.empty() ? IssuerName() : std::string(name);
  Result<TokenIssuer*> found = components_.Find<TokenIssuer>(issuer);
  if (found.ok() || !issuer.empty() || components_.All<TokenIssuer>().empty()) return found;
  return Error(ErrorKind::kInvalidInput, "several components issue tokens: say in the system file which one's " +
                                             target_->name + " takes (issuer)");
}

Result<IssuerKeys*> SandboxPrincipals::KeysOf(std::string_view issuer) const {
  const std::string name = issuer.empty() ? IssuerName() : std::string(issuer);
  TRY(Issuer(name));
  return components_.Find<IssuerKeys>(name);
}

std::string SandboxPrincipals::WhyNoKeys(std::string_view issuer) const {
  const std::string name = issuer.empty() ? IssuerName() : std::string(issuer);
  if (!Issuer(name).ok() || components_.Find<IssuerKeys>(name).ok()) return "";
  return "the signing keys of " + name + " are its own: the harness cannot sign with them";
}

std::string SandboxPrincipals::WhyNotForged(std::string_view attack, const Credential& from) const {
  const bool of_token = attack.empty() || std::any_of(Forge::Attacks().begin(), Forge::Attacks().end(),
                                                      [&](const Attack& one) { return one.id == attack; });
  if (!of_token) return "";
  if (std::string why = WhyNoKeys(from.issuer); !why.empty()) return why;
  const Result<Forge> forge = MakeForge(from.issuer);
  return forge.ok() ? forge->WhyNot(attack) : "";  // what else is wrong is an error of the step
}

Result<Forge> SandboxPrincipals::MakeForge(std::string_view issuer) const {
  const IssuerKeys* keys = TRY(KeysOf(issuer));
  const TokenIssuer* of = TRY(Issuer(issuer));
  return Forge(keys->signing_key(), SystemClock::Instance(), of->profile());
}

Result<Credential> SandboxPrincipals::WrongIn(const std::string& attack, const Credential& from) const {
  Credential wrong{.issuer = from.issuer, .form = from.form, .value = from.value};
  if (FindWrongCertificate(attack) != nullptr) return WithWrongCertificate(attack, from);
  if (FindTamperedRequest(attack) != nullptr) {
    wrong.wrong_request = attack;
  } else if (Prover::FindAttack(attack) == nullptr) {
    const Forge forge = TRY(MakeForge(from.issuer));
    wrong.value = TRY(forge.Make(attack, from.value));
  } else if (auto* bound = std::get_if<KeyBoundToken>(&wrong.form)) {
    bound->wrong_proof = attack;
  } else {
    return Error(ErrorKind::kInvalidInput, from.alias + " is not bound to a key: there is no proof to be wrong");
  }
  return wrong;
}

Result<Credential> SandboxPrincipals::WithWrongCertificate(const std::string& attack, const Credential& from) const {
  if (from.certificate().empty()) {  // nobody has one where the target asks for none
    return Error(ErrorKind::kInvalidInput, from.alias + " is not bound to a certificate: there is none to be wrong");
  }
  const SandboxCertificates::Wrong shown = certificates_->WrongFor(attack, from.principal);
  Credential wrong{.form = CertificateBoundToken{shown.name}, .value = from.value};
  if (!shown.binds.empty()) {
    const Forge forge = TRY(MakeForge(from.issuer));
    wrong.value = TRY(forge.Reissue(from.value, {{"cnf", {{"x5t#S256", shown.binds}}}}, Json::object()));
  }
  return wrong;
}

std::string SandboxPrincipals::CertificateOf(std::string_view persona) const {
  return certificates_ == nullptr ? "" : certificates_->ThumbprintOf(persona);
}

}  // namespace iff
