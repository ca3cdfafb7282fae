// Who is on a stage: making them or taking over who was on another, telling every component, logging in, parting.
#include <algorithm>
#include <chrono>

#include "harness/core/log.h"
#include "harness/environment/provisioning.h"
#include "harness/jose/token.h"
#include "harness/run/stage.h"

namespace iff {
namespace {

// One after the other, the last in the system file first: a later one may hold on to what an earlier made.
void Remove(const std::vector<std::pair<std::string, PrincipalRegistry*>>& registries,
            const std::vector<Subject>& subjects) {
  for (auto registry = registries.rbegin(); registry != registries.rend(); ++registry) {
    const Result<void> removed = registry->second->Remove(subjects);
    if (!removed.ok()) {
      Log(LogLevel::kWarning, "subjects-not-removed",
          {{"component", registry->first}, {"error", removed.error().message()}});
    }
  }
}

// From every component that lasts; those of a scenario go with their memory.
void PartWith(const Ground& ground, std::vector<Subject> leaving) {
  if (ground.people != nullptr) {
    for (Subject& spent : ground.people->TakeSpent()) leaving.push_back(std::move(spent));
  }
  std::vector<std::pair<std::string, PrincipalRegistry*>> registries;
  for (Component* component : ground.environment.components()) {
    if (auto* registry = dynamic_cast<PrincipalRegistry*>(component))
      registries.emplace_back(component->name(), registry);
  }
  if (leaving.empty() || registries.empty()) return;
  ground.janitor.Later(
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

void DismissPeople(const Ground& ground) {
  if (ground.people == nullptr) return;
  ground.people->Dismiss();
  PartWith(ground, {});
}

Result<void> Stage::Cast(const Scenario& scenario) {
  for (const GivenSubject& given : scenario.subjects) {
    const auto person = ground_.system.people.find(given.person);
    if (person == ground_.system.people.end()) {
      return Error(ErrorKind::kInvalidInput, "nobody called '" + given.person + "' in the system file");
    }
    const std::vector<std::string>& holds = given.holds ? *given.holds : person->second.holds;
    Principal subject = MakePrincipal(given.role, person->second.groups, holds);
    subject.issuer = IssuerName();
    if (shares_) {
      std::optional<PeoplePool::Person> found = ground_.people->Take(subject);
      if (found) {
        known_.insert(given.role);
        for (PeoplePool::Login& login : found->logins) login.presented = Mints(scenario);
        subject = found->subject;
      }
      shared_[given.role] = found ? std::move(*found) : ground_.people->Admit(subject);
    }
    subjects_.push_back(std::move(subject));
  }
  // A canary is somebody's for good: a server that runs on must not show it later either.
  constexpr Redactor::Lasts kPassing = Redactor::Lasts::kUntilForgotten;
  for (const Subject& subject : subjects_) {
    if (known_.contains(subject.role)) continue;
    for (const auto& [upstream, holding] : subject.accounts) {
      const std::string alias = subject.role + "." + upstream;
      ground_.redactor.Register(holding.password, alias + ".password", {.owner = subject.role}, kPassing);
      ground_.redactor.Register(holding.token, alias + ".token", {.owner = subject.role}, kPassing);
      ground_.redactor.Register(Secret(holding.canary), alias + ".canary", {.owner = subject.role, .canary = true});
    }
  }
  DrawKeys();
  return {};
}

Result<void> Stage::Provision() {
  std::vector<Registry> registries;
  for (const Environment* environment :
       {static_cast<const Environment*>(&ground_.environment), static_cast<const Environment*>(own_.get())}) {
    for (Registry& registry : RegistriesOf(*environment)) registries.push_back(std::move(registry));
  }
  // To the stage's own components everybody is new.
  const auto is_new = [&](const std::string& component, const Principal& principal) {
    return own_->FindComponent(component) != nullptr || !known_.contains(principal.role);
  };
  const auto identified = [&](const std::vector<Principal>& principals) {
    for (const Principal& principal : principals) {
      if (known_.contains(principal.role)) continue;
      for (const auto& [issuer, account] : principal.issuers) {
        const std::string alias = principal.role + (issuer == principal.issuer ? "" : "." + issuer) + ".password";
        if (!account.secret.empty())
          ground_.redactor.Register(account.secret, alias, {.owner = principal.role}, Redactor::Lasts::kUntilForgotten);
      }
    }
    if (ground_.people != nullptr) ground_.people->Note(principals);
  };
  Result<size_t> compared =
      iff::Provision(registries, subjects_, {.issuer = IssuerName(), .is_new = is_new, .identified = identified});
  for (const Principal& principal : subjects_) {
    const auto shared = shared_.find(principal.role);
    if (shared != shared_.end()) shared->second.subject = principal;
  }
  return compared.ok() ? Result<void>() : Result<void>(compared.error());
}

void Stage::PartWithPeople() {
  std::vector<Subject> leaving;
  for (Subject& subject : subjects_) {
    const auto shared = shared_.find(subject.role);
    if (!unharmed_ || shared == shared_.end()) {
      leaving.push_back(std::move(subject));
    } else {
      ground_.people->Return(std::move(shared->second));
    }
  }
  PartWith(ground_, std::move(leaving));
}

std::optional<Credential> Stage::LoginAtHand(const std::string& role, const std::string& issuer,
                                             const std::string& client, const std::vector<std::string>& scopes) {
  const std::lock_guard lock(mutex_);
  const auto shared = shared_.find(role);
  if (shared == shared_.end()) return {};
  const int64_t now = ground_.clock.NowSeconds();
  for (PeoplePool::Login& login : shared->second.logins) {
    if (login.presented || login.issuer != issuer || login.client != client || login.scopes != scopes) continue;
    if (!AsGoodAsNew(login.credential, now)) continue;
    login.presented = true;
    return login.credential;
  }
  return {};
}

void Stage::KeepAtHand(const std::string& role, PeoplePool::Login login) {
  const std::lock_guard lock(mutex_);
  const auto shared = shared_.find(role);
  if (shared == shared_.end()) return;
  std::vector<PeoplePool::Login>& logins = shared->second.logins;
  const int64_t now = ground_.clock.NowSeconds();
  std::erase_if(logins, [&](const PeoplePool::Login& old) { return !AsGoodAsNew(old.credential, now); });
  logins.push_back(std::move(login));
}

Result<void> Stage::Obtain(const std::string& name, const std::string& role, const std::vector<std::string>& scopes,
                           const std::string& client, std::shared_ptr<const Prover> prover, const std::string& from) {
  const Subject* subject = FindSubject(role);
  if (subject == nullptr) return Error(ErrorKind::kInvalidInput, "nobody called '" + role + "' on this stage");
  if (target_->TakesKeys()) {
    TakeKey(name, *subject);
    return {};
  }
  const std::string at = from.empty() ? IssuerName() : from;
  TokenIssuer* issuer = TRY(Issuer(at));
  const int64_t began = ElapsedUs();
  // Another issuer has clients of its own.
  const std::string through = client.empty() && at == IssuerName() ? target_->client : client;
  std::optional<Credential> at_hand = prover ? std::nullopt : LoginAtHand(role, at, through, scopes);
  const bool before = at_hand.has_value();
  if (!before) {
    const CredentialRequest request{.subject = subject, .client = through, .scopes = scopes, .prover = prover};
    at_hand = TRY(issuer->Issue(request).While("log " + role + " in"));
    at_hand->issuer = at;
    if (!prover)
      KeepAtHand(role, {.issuer = at, .client = through, .scopes = scopes, .credential = *at_hand, .presented = true});
  }
  Keep(name, role, std::move(*at_hand));
  const std::lock_guard lock(mutex_);
  Exchange exchange{.lane = "issuer",
                    .actor = role,
                    .credential = credentials_[name].alias,
                    .title = role + (before ? " logged in for an earlier scenario" : " logs in"),
                    .started_us = began,
                    .took_us = ElapsedUs() - began,
                    .status = 200};
  if (const auto decoded = DecodeUnverified(credentials_[name].value.Reveal()); decoded.ok()) {
    exchange.token = ground_.redactor.MaskAll(Json{{"header", decoded->header}, {"claims", decoded->payload}});
  }
  trace_.exchanges.push_back(std::move(exchange));
  return {};
}

}  // namespace iff
