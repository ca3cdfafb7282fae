// Who is on a stage: making them or taking over who was on another, telling every component, logging in, parting.
#include <algorithm>
#include <chrono>
#include <future>

#include "harness/core/log.h"
#include "harness/jose/token.h"
#include "harness/run/stage.h"

namespace iff {
namespace {

// One after the other, the last in the system file first: a later one may hold on to what an earlier made.
void Remove(const std::vector<std::pair<std::string, SubjectRegistry*>>& registries,
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
  std::vector<std::pair<std::string, SubjectRegistry*>> registries;
  for (Component* component : ground.environment.components()) {
    if (auto* registry = dynamic_cast<SubjectRegistry*>(component))
      registries.emplace_back(component->name(), registry);
  }
  if (leaving.empty() || registries.empty()) return;
  ground.janitor.Later(
      [registries = std::move(registries), leaving = std::move(leaving)] { Remove(registries, leaving); });
}

// What is done at every component at the same time; all that went wrong, if anything did.
class SideBySide {
 public:
  void Begin(const std::string& component, std::function<Result<void>()> deed) {
    jobs_.push_back({component, std::async(std::launch::async, std::move(deed))});
  }

  Result<void> Await() {
    std::string problems;
    ErrorKind kind = ErrorKind::kUnavailable;
    for (Job& job : jobs_) {
      const Result<void> done = job.done.get();
      if (done.ok()) continue;
      kind = done.error().kind();
      problems += (problems.empty() ? "" : "; ") + job.component + ": " + done.error().message();
    }
    jobs_.clear();
    if (!problems.empty()) return Error(kind, problems);
    return {};
  }

 private:
  struct Job {
    std::string component;
    std::future<Result<void>> done;
  };
  std::vector<Job> jobs_;
};

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
    Subject subject = MakeSubject(given.role, person->second.groups, holds);
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
  if (ground_.people != nullptr) ground_.people->Note(subjects_);
  // A canary is somebody's for good: a server that runs on must not show it later either.
  constexpr Redactor::Lasts kPassing = Redactor::Lasts::kUntilForgotten;
  for (const Subject& subject : subjects_) {
    if (known_.contains(subject.role)) continue;
    ground_.redactor.Register(subject.password, subject.role + ".password", {.owner = subject.role}, kPassing);
    for (const auto& [upstream, holding] : subject.holdings) {
      const std::string alias = subject.role + "." + upstream;
      ground_.redactor.Register(holding.password, alias + ".password", {.owner = subject.role}, kPassing);
      ground_.redactor.Register(holding.token, alias + ".token", {.owner = subject.role}, kPassing);
      ground_.redactor.Register(Secret(holding.canary), alias + ".canary", {.owner = subject.role, .canary = true});
    }
  }
  return {};
}

Result<void> Stage::Provision() {
  std::vector<Subject> newcomers;
  std::vector<Subject> known;
  for (const Subject& subject : subjects_) (known_.contains(subject.role) ? known : newcomers).push_back(subject);
  // To the stage's own components everybody is new.
  const auto newcomers_at = [&](const std::string& component) -> const std::vector<Subject>& {
    return own_->FindComponent(component) != nullptr ? subjects_ : newcomers;
  };
  SideBySide work;
  for (const auto& [name, registry] : All<SubjectRegistry>()) {
    const std::vector<Subject>& added = newcomers_at(name);
    const bool lasts = &added == &newcomers;
    work.Begin(name, [&added, &known, lasts, registry = registry]() -> Result<void> {
      TRY(registry->Add(added));
      if (lasts && !known.empty()) TRY(registry->Renew(known).While("renew"));
      return {};
    });
  }
  TRY(work.Await());
  for (const auto& [name, registry] : All<SubjectRegistry>()) {
    const std::vector<Subject>& added = newcomers_at(name);
    if (added.empty()) continue;
    work.Begin(name, [&added, registry = registry]() -> Result<void> {
      const size_t looked_at = TRY(registry->Verify(added).While("verify"));
      if (looked_at == 0) return Error(ErrorKind::kInternal, "verify: looked at nothing, which proves nothing");
      return {};
    });
  }
  return work.Await();
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

std::optional<Credential> Stage::LoginAtHand(const std::string& role, const std::string& client,
                                             const std::vector<std::string>& scopes) {
  const std::lock_guard lock(mutex_);
  const auto shared = shared_.find(role);
  if (shared == shared_.end()) return {};
  const int64_t now = ground_.clock.NowSeconds();
  for (PeoplePool::Login& login : shared->second.logins) {
    if (login.presented || login.client != client || login.scopes != scopes) continue;
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
                           const std::string& client, std::shared_ptr<const Prover> prover) {
  const Subject* subject = FindSubject(role);
  if (subject == nullptr) return Error(ErrorKind::kInvalidInput, "nobody called '" + role + "' on this stage");
  if (target_->TakesKeys()) {
    TakeKey(name, *subject);
    return {};
  }
  TokenIssuer* issuer = TRY(Find<TokenIssuer>());
  const int64_t began = ElapsedUs();
  const std::string through = client.empty() ? target_->client : client;
  std::optional<Credential> at_hand = prover ? std::nullopt : LoginAtHand(role, through, scopes);
  const bool before = at_hand.has_value();
  if (!before) {
    const CredentialRequest request{.subject = subject, .client = through, .scopes = scopes, .prover = prover};
    at_hand = TRY(issuer->Issue(request).While("log " + role + " in"));
    if (!prover) KeepAtHand(role, {.client = through, .scopes = scopes, .credential = *at_hand, .presented = true});
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
