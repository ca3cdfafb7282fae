// Who is in a scenario: making them or taking over who was on another, telling every component, logging in, parting.
#include "harness/run/sandbox_principals.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "harness/core/log.h"
#include "harness/environment/provisioning.h"
#include "harness/jose/token.h"

namespace iff {
namespace {

// One after the other, the last in the system file first: a later one may hold on to what an earlier made.
void Remove(const std::vector<std::pair<std::string, PrincipalRegistry*>>& registries,
            const std::vector<Principal>& principals) {
  for (auto registry = registries.rbegin(); registry != registries.rend(); ++registry) {
    const Result<void> removed = registry->second->Remove(principals);
    if (!removed.ok()) {
      Log(LogLevel::kWarning, "subjects-not-removed",
          {{"component", registry->first}, {"error", removed.error().message()}});
    }
  }
}

// From every component that lasts; those of a scenario go with their memory.
void PartWith(const RunContext& context, std::vector<Principal> leaving) {
  if (context.people != nullptr) {
    for (Principal& spent : context.people->TakeSpent()) leaving.push_back(std::move(spent));
  }
  std::vector<std::pair<std::string, PrincipalRegistry*>> registries;
  for (Component* component : context.environment.components()) {
    if (auto* registry = dynamic_cast<PrincipalRegistry*>(component))
      registries.emplace_back(component->name(), registry);
  }
  if (leaving.empty() || registries.empty()) return;
  context.janitor.Later(
      [registries = std::move(registries), leaving = std::move(leaving)] { Remove(registries, leaving); });
}

// A login that has lost more than a tenth of its life is not taken for a new one.
bool AsGoodAsNew(const Credential& credential, int64_t now) {
  const auto token = DecodeUnverified(credential.value.Reveal());
  if (!token.ok()) return false;
  const int64_t begun = AtOr<int64_t>(token->payload, "/iat", 0);
  const int64_t ends = AtOr<int64_t>(token->payload, "/exp", 0);
  return begun <= now && now - begun <= (ends - begun) / 10;
}

// What is minted is timed from the login it is minted from, and recordings are compared by these times.
bool Mints(const Scenario& scenario) {
  return std::any_of(scenario.steps.begin(), scenario.steps.end(), [](const Step& step) {
    return std::holds_alternative<MintStep>(step.action) || std::holds_alternative<AttackStep>(step.action);
  });
}

}  // namespace

void DismissPeople(const RunContext& context) {
  if (context.people == nullptr) return;
  context.people->Dismiss();
  PartWith(context, {});
}

Result<void> SandboxPrincipals::Make(const Scenario& scenario, const std::set<std::string>& met) {
  for (const GivenPrincipal& given : scenario.principals) {
    const auto person = context_.system.people.find(given.person);
    if (person == context_.system.people.end()) {
      return Error(ErrorKind::kInvalidInput, "nobody called '" + given.person + "' in the system file");
    }
    const std::vector<std::string>& holds = given.holds ? *given.holds : person->second.holds;
    Principal principal = MakePrincipal(given.persona, person->second.groups, holds);
    principal.issuer = IssuerName();
    if (shares_) {
      std::optional<PrincipalPool::Person> found = context_.people->Take(principal, met);
      if (found) {
        known_.insert(given.persona);
        for (PrincipalPool::Login& login : found->logins) login.presented = Mints(scenario);
        principal = found->principal;
      }
      shared_[given.persona] = found ? std::move(*found) : context_.people->Admit(principal);
    }
    principals_.push_back(std::move(principal));
  }
  // A canary is somebody's for good: a server that runs on must not show it later either.
  constexpr Redactor::Lasts kPassing = Redactor::Lasts::kUntilForgotten;
  for (const Principal& principal : principals_) {
    if (known_.contains(principal.persona)) continue;
    for (const auto& [upstream, account] : principal.accounts) {
      const std::string alias = principal.persona + "." + upstream;
      context_.redactor.Register(account.password, alias + ".password", {.owner = principal.persona}, kPassing);
      context_.redactor.Register(account.token, alias + ".token", {.owner = principal.persona}, kPassing);
      context_.redactor.Register(Secret(account.canary), alias + ".canary",
                                 {.owner = principal.persona, .canary = true});
    }
  }
  return {};
}

void SandboxPrincipals::Face(const TargetSpec& target) {
  if (&target == target_) return;
  std::map<std::string, KnownAs>& before = known_as_[target_->name];
  target_ = &target;
  std::map<std::string, KnownAs>& now = known_as_[target.name];
  for (Principal& principal : principals_) {
    before[principal.persona] = {principal.id, principal.issuer, std::move(principal.items)};
    const auto met = now.find(principal.persona);
    if (met != now.end()) {
      principal.id = met->second.id;
      principal.issuer = met->second.issuer;
      principal.items = std::move(met->second.items);
      continue;
    }
    principal.items.clear();
    const auto account = principal.issuers.find(IssuerName());
    if (account == principal.issuers.end()) continue;
    principal.issuer = account->first;
    principal.id = account->second.id;
  }
}

Result<void> SandboxPrincipals::Provision() {
  std::vector<Registry> registries;
  for (const Environment* environment : {static_cast<const Environment*>(&context_.environment), &components_.own()}) {
    for (Registry& registry : RegistriesOf(*environment)) registries.push_back(std::move(registry));
  }
  // To the sandbox's own components everybody is new.
  const auto is_new = [&](const std::string& component, const Principal& principal) {
    return components_.own().FindComponent(component) != nullptr || !known_.contains(principal.persona);
  };
  const auto identified = [&](const std::vector<Principal>& principals) {
    for (const Principal& principal : principals) {
      if (known_.contains(principal.persona)) continue;
      for (const auto& [issuer, account] : principal.issuers) {
        const std::string alias = principal.persona + (issuer == principal.issuer ? "" : "." + issuer) + ".password";
        if (!account.secret.empty())
          context_.redactor.Register(account.secret, alias, {.owner = principal.persona},
                                     Redactor::Lasts::kUntilForgotten);
      }
    }
    if (context_.people != nullptr) context_.people->Note(principals);
  };
  Result<size_t> compared =
      iff::Provision(registries, principals_, {.issuer = IssuerName(), .is_new = is_new, .identified = identified});
  for (const Principal& principal : principals_) {
    const auto shared = shared_.find(principal.persona);
    if (shared != shared_.end()) shared->second.principal = principal;
  }
  return compared.ok() ? Result<void>() : Result<void>(compared.error());
}

void SandboxPrincipals::Part(bool unharmed) {
  std::vector<Principal> leaving;
  for (Principal& principal : principals_) {
    const auto shared = shared_.find(principal.persona);
    if (!unharmed || shared == shared_.end()) {
      leaving.push_back(std::move(principal));
    } else {
      context_.people->Return(std::move(shared->second));
    }
  }
  principals_.clear();
  PartWith(context_, std::move(leaving));
}

std::optional<Credential> SandboxPrincipals::LoginAtHand(const std::string& persona, const std::string& issuer,
                                                         const std::string& client,
                                                         const std::vector<std::string>& scopes) {
  const std::lock_guard lock(mutex_);
  const auto shared = shared_.find(persona);
  if (shared == shared_.end()) return {};
  const int64_t now = context_.clock.NowSeconds();
  for (PrincipalPool::Login& login : shared->second.logins) {
    if (login.presented || login.issuer != issuer || login.client != client || login.scopes != scopes) continue;
    if (!AsGoodAsNew(login.credential, now)) continue;
    login.presented = true;
    return login.credential;
  }
  return {};
}

void SandboxPrincipals::KeepAtHand(const std::string& persona, PrincipalPool::Login login) {
  const std::lock_guard lock(mutex_);
  const auto shared = shared_.find(persona);
  if (shared == shared_.end()) return;
  std::vector<PrincipalPool::Login>& logins = shared->second.logins;
  const int64_t now = context_.clock.NowSeconds();
  std::erase_if(logins, [&](const PrincipalPool::Login& old) { return !AsGoodAsNew(old.credential, now); });
  logins.push_back(std::move(login));
}

Result<void> SandboxPrincipals::Obtain(const std::string& name, const std::string& persona,
                                       const std::vector<std::string>& scopes, const std::string& client,
                                       std::shared_ptr<const Prover> prover, const std::string& from) {
  const Principal* principal = Find(persona);
  if (principal == nullptr)
    return Error(ErrorKind::kInvalidInput, "no persona is called '" + persona + "' in this sandbox");
  if (target_->TakesKeys()) {
    TakeKey(name, *principal);
    return {};
  }
  const std::string at = from.empty() ? IssuerName() : from;
  TokenIssuer* issuer = TRY(Issuer(at));
  const int64_t began = trace_.ElapsedUs();
  // Another issuer has clients of its own.
  const std::string through = client.empty() && at == IssuerName() ? target_->client : client;
  std::optional<Credential> at_hand = prover ? std::nullopt : LoginAtHand(persona, at, through, scopes);
  const bool before = at_hand.has_value();
  if (!before) {
    const CredentialRequest request{.principal = principal, .client = through, .scopes = scopes, .prover = prover};
    at_hand = TRY(issuer->Issue(request).While("log " + persona + " in"));
    at_hand->issuer = at;
    if (!prover)
      KeepAtHand(persona,
                 {.issuer = at, .client = through, .scopes = scopes, .credential = *at_hand, .presented = true});
  }
  Keep(name, persona, std::move(*at_hand));
  obtained_for_[name] = target_->name;
  const Credential& kept = *FindCredential(name);
  Exchange exchange{.lane = "issuer",
                    .actor = persona,
                    .credential = kept.alias,
                    .title = persona + (before ? " logged in for an earlier scenario" : " logs in"),
                    .started_us = began,
                    .took_us = trace_.ElapsedUs() - began,
                    .status = 200};
  if (const auto decoded = DecodeUnverified(kept.value.Reveal()); decoded.ok()) {
    exchange.token = context_.redactor.MaskAll(Json{{"header", decoded->header}, {"claims", decoded->payload}});
  }
  trace_.Add(std::move(exchange));
  return {};
}

std::string SandboxPrincipals::WhyOneAudience(const std::string& name) const {
  // Another issuer's tokens are others, whatever they name.
  const auto audience = [&](const std::string& of) {
    const Credential& credential = *FindCredential(of);
    const Result<UnverifiedToken> token = DecodeUnverified(credential.value.Reveal());
    return std::pair(credential.issuer, token.ok() ? AudiencesIn(token->payload) : std::set<std::string>());
  };
  const auto here = audience(name);
  if (here.second.empty()) return "";
  for (const auto& [other, target] : obtained_for_) {
    if (target != target_->name && audience(other) == here)
      return "tokens for " + target_->name + " and for " + target +
             " name the same audience: to their issuer they are one server";
  }
  return "";
}

}  // namespace iff
