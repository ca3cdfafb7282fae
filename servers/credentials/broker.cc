#include "servers/credentials/broker.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "harness/core/log.h"
#include "servers/credentials/token_exchange.h"
#include "servers/credentials/vault_access.h"
#include "servers/guard/lru_map.h"

namespace iff {
namespace {

constexpr std::chrono::seconds kSweepEvery(2);

Failure Ending() {
  return {.code = "credential_store_unavailable",
          .message = "this server is shutting down; try again later",
          .retryable = true,
          .reason = "shutting_down"};
}

Failure TokenEnded() {
  return {.code = "forbidden",
          .message = "your access token has expired; sign in again",
          .retryable = false,
          .reason = "expired"};
}

// One principal's hold on Vault.
struct Entry {
  std::optional<VaultLogin> login = {};
  int64_t login_ends = 0;  // NumericDate
  std::shared_ptr<const Credential> credential = {};
  bool in_flight = false;
  std::vector<std::function<void(CredentialBroker::Outcome)>> waiting = {};
};

}  // namespace

std::string PrincipalCacheKey(const Caller& caller, const std::string& target) {
  const auto part = [](const std::string& text) { return std::to_string(text.size()) + ":" + text; };
  std::string key =
      part(caller.claims.issuer) + part(caller.claims.subject) + part(caller.claims.client) + part(target);
  key += part(caller.claims.key_thumbprint) + part(caller.claims.certificate_thumbprint);
  for (const std::string& scope : caller.claims.scopes) key += part(scope);
  return key;
}

std::string OwnSecretPath(const Caller&, const std::string& entity_id, const std::string& target) {
  return "users/" + entity_id + "/" + target;
}

struct CredentialBroker::State {
  State(EventLoop& on, const Config& given, const Seams& hooks, Metrics& counted, const Clock& time, size_t number)
      : loop(on),
        config(given),
        seams(hooks),
        metrics(counted),
        clock(time),
        worker(number),
        vault(on, given, counted, hooks.follow_redirects),
        exchange(on, given, counted),
        entries(given.credential_cache) {}

  EventLoop& loop;
  const Config& config;
  const Seams& seams;
  Metrics& metrics;
  const Clock& clock;
  const size_t worker;
  VaultAccess vault;
  TokenExchange exchange;
  LruMap<std::shared_ptr<Entry>> entries;
  uint64_t generations = 0;
  bool ending = false;
  size_t running = 0;  // fetches and revocations
  std::function<void()> on_idle = {};
  std::function<void()> cancel_sweep = {};

  std::string Key(const Caller& caller, const std::string& target) const {
    return seams.cache_key ? seams.cache_key(caller, target) : PrincipalCacheKey(caller, target);
  }

  // Waits for nothing: gives the token back in the background.
  static void GiveBack(const std::shared_ptr<State>& self, Entry& entry) {
    entry.credential = nullptr;
    if (!entry.login.has_value()) return;
    Secret token = std::move(entry.login->token);
    entry.login.reset();
    if (!self->seams.give_back) return;
    ++self->running;
    Spawn(Revoke(self, std::move(token)));
  }

  static Task<void> Revoke(std::shared_ptr<State> self, Secret token) {
    bool taken = co_await self->vault.Revoke(token);
    if (!taken) taken = co_await self->vault.Revoke(token);
    if (!taken) Log(LogLevel::kWarning, "vault-token-not-given-back");
    self->Ended();
  }

  void Ended() {
    --running;
    if (running > 0 || !on_idle) return;
    const std::function<void()> done = std::exchange(on_idle, {});
    done();
  }

  static std::shared_ptr<Entry> EntryOf(const std::shared_ptr<State>& self, const std::string& key) {
    if (std::shared_ptr<Entry>* const found = self->entries.Find(key)) return *found;
    auto entry = std::make_shared<Entry>();
    self->entries.Put(key, entry, [&](std::shared_ptr<Entry>& stalest) {
      if (stalest->in_flight) return false;
      GiveBack(self, *stalest);
      return true;
    });
    return entry;
  }

  static void Sweep(const std::shared_ptr<State>& self) {
    const int64_t now = self->clock.NowSeconds();
    self->entries.EraseIf([&](std::shared_ptr<Entry>& entry) {
      if (entry->in_flight || (entry->login.has_value() && now < entry->login_ends)) return false;
      GiveBack(self, *entry);
      return true;
    });
    self->metrics.SetCredentials(self->worker, self->entries.size());
    const std::weak_ptr<State> weak = self;
    self->cancel_sweep = self->loop.After(kSweepEvery, [weak] {
      if (const std::shared_ptr<State> alive = weak.lock()) Sweep(alive);
    });
  }

  static Task<Result<VaultLogin, Failure>> LogIn(std::shared_ptr<State> self, std::shared_ptr<const Caller> caller) {
    std::optional<Secret> jwt;
    if (self->seams.login_token) jwt = self->seams.login_token(*caller);
    if (!jwt.has_value() && self->config.mode == CredentialMode::kPassthrough) jwt = caller->token;
    if (!jwt.has_value()) {
      Result<Secret, Failure> exchanged = co_await self->exchange.ForVault(caller);
      if (!exchanged.ok()) co_return exchanged.error();
      jwt = std::move(exchanged).value();
    }
    Result<VaultLogin, Failure> login = co_await self->vault.Login(*jwt);
    if (login.ok() && self->seams.on_login) self->seams.on_login(login->token);
    co_return login;
  }

  static Task<Result<VaultSecret, Failure>> Read(std::shared_ptr<State> self, std::shared_ptr<const Caller> caller,
                                                 VaultLogin login, std::string target, CredentialKind kind) {
    const Seams& seams = self->seams;
    if (kind == CredentialKind::kDatabase) {
      std::string role = seams.database_role ? seams.database_role(*caller, login.entity_id) : login.entity_id;
      Result<VaultSecret, Failure> lease = co_await self->vault.ReadDatabase(login.token, std::move(role));
      co_return lease;
    }
    std::string path = seams.secret_path ? seams.secret_path(*caller, login.entity_id, target)
                                         : OwnSecretPath(*caller, login.entity_id, target);
    Result<VaultSecret, Failure> secret = co_await self->vault.ReadSecret(login.token, std::move(path));
    co_return secret;
  }

  // Logs in unless the entry has a login that is still good. True: this login is new.
  static Task<Result<bool, Failure>> EnsureLogin(std::shared_ptr<State> self, std::shared_ptr<Entry> entry,
                                                 std::shared_ptr<const Caller> caller) {
    if (entry->login.has_value() && self->clock.NowSeconds() < entry->login_ends) co_return false;
    GiveBack(self, *entry);
    Result<VaultLogin, Failure> login = co_await LogIn(self, caller);
    if (!login.ok()) co_return login.error();
    const int64_t now = self->clock.NowSeconds();
    entry->login = std::move(login).value();
    entry->login_ends = std::min(caller->claims.expires_at, now + entry->login->lease_seconds);
    if (self->seams.adjust_expiry) entry->login_ends = self->seams.adjust_expiry(*caller, entry->login_ends);
    co_return true;
  }

  static Task<Outcome> Obtain(std::shared_ptr<State> self, std::shared_ptr<Entry> entry,
                              std::shared_ptr<const Caller> caller, std::string target, CredentialKind kind) {
    const Result<bool, Failure> first = co_await EnsureLogin(self, entry, caller);
    if (!first.ok()) co_return first.error();
    Result<VaultSecret, Failure> secret = co_await Read(self, caller, *entry->login, target, kind);
    if (!secret.ok() && secret.error().reason == "vault_forbidden" && !first.value()) {
      // Vault answers 403 to a dead token too: once more, as the same caller, with a new one.
      entry->login_ends = 0;
      const Result<bool, Failure> again = co_await EnsureLogin(self, entry, caller);
      if (!again.ok()) co_return again.error();
      secret = co_await Read(self, caller, *entry->login, target, kind);
    }
    if (!secret.ok()) co_return secret.error();

    const int64_t now = self->clock.NowSeconds();
    auto credential = std::make_shared<Credential>();
    credential->fields = std::move(secret.value().fields);
    credential->lease_id = std::move(secret.value().lease_id);
    const int64_t lease = secret.value().lease_seconds;
    int64_t ends = entry->login_ends;
    if (kind == CredentialKind::kStored) {
      ends = std::min(ends, now + self->config.credential_ttl.count());
    } else {
      // A little early, so that a statement begun before the end is not cut by it.
      ends = std::min(ends, now + lease - std::min<int64_t>(5, lease / 10));
    }
    if (self->seams.adjust_expiry) ends = self->seams.adjust_expiry(*caller, ends);
    credential->expires_at = ends;
    credential->generation = ++self->generations;
    entry->credential = credential;
    co_return std::shared_ptr<const Credential>(std::move(credential));
  }

  static Task<void> Fill(std::shared_ptr<State> self, std::shared_ptr<Entry> entry,
                         std::shared_ptr<const Caller> caller, std::string target, CredentialKind kind) {
    const Outcome outcome = co_await Obtain(self, entry, caller, target, kind);
    entry->in_flight = false;
    if (self->ending) GiveBack(self, *entry);
    std::vector<std::function<void(Outcome)>> waiting;
    waiting.swap(entry->waiting);
    for (const auto& done : waiting) done(self->ending ? Outcome(Ending()) : outcome);
    self->Ended();
  }
};

CredentialBroker::CredentialBroker(EventLoop& loop, const Config& config, const Seams& seams, Metrics& metrics,
                                   const Clock& clock, size_t worker)
    : state_(std::make_shared<State>(loop, config, seams, metrics, clock, worker)) {
  const std::weak_ptr<State> weak = state_;
  loop.Post([weak] {
    if (const std::shared_ptr<State> alive = weak.lock()) State::Sweep(alive);
  });
}

CredentialBroker::~CredentialBroker() {
  if (state_->cancel_sweep) state_->cancel_sweep();
}

Task<CredentialBroker::Outcome> CredentialBroker::Fetch(std::shared_ptr<const Caller> caller, std::string target,
                                                        CredentialKind kind) {
  const std::shared_ptr<State> self = state_;
  if (self->ending) co_return Ending();
  const int64_t now = self->clock.NowSeconds();
  const std::shared_ptr<Entry> entry = State::EntryOf(self, self->Key(*caller, target));
  if (entry->credential != nullptr) {
    if (now < entry->credential->expires_at) co_return entry->credential;
    if (self->seams.keep_after_revocation) co_return entry->credential;
  }
  if (now >= caller->claims.expires_at && !self->seams.adjust_expiry) co_return TokenEnded();
  Await<Outcome>::Start start = [self, entry, caller, target, kind](std::function<void(Outcome)> done) {
    entry->waiting.push_back(std::move(done));
    if (entry->in_flight && self->seams.single_flight) return;
    entry->in_flight = true;
    ++self->running;
    Spawn(State::Fill(self, entry, caller, target, kind));
  };
  Await<Outcome> fetched(std::move(start));
  Outcome outcome = co_await fetched;
  if (!outcome.ok() && self->seams.fallback) {
    std::optional<Credential> other = self->seams.fallback(*caller, target, outcome.error());
    if (other.has_value()) co_return std::make_shared<const Credential>(std::move(*other));
  }
  co_return outcome;
}

void CredentialBroker::Discard(const Caller& caller, const std::string& target, const Credential& credential) {
  if (state_->seams.keep_after_revocation) return;
  const std::shared_ptr<Entry>* const found = state_->entries.Find(state_->Key(caller, target));
  if (found == nullptr || (*found)->credential == nullptr) return;
  Entry& entry = **found;
  // Of fifty calls that were refused together, the first discards and the others find a newer one.
  if (entry.credential->generation != credential.generation || entry.in_flight) return;
  if (entry.credential->lease_id.empty()) {
    entry.credential = nullptr;
  } else {
    State::GiveBack(state_, entry);  // the lease with it
  }
}

Task<Result<CredentialBroker::Holdings, Failure>> CredentialBroker::Look(std::shared_ptr<const Caller> caller,
                                                                         std::string target, CredentialKind kind) {
  const std::shared_ptr<State> self = state_;
  Holdings holdings;
  const Outcome own = co_await Fetch(caller, target, kind);
  // A fetch leaves its login behind even when there was nothing to fetch.
  const std::shared_ptr<Entry> entry = State::EntryOf(self, self->Key(*caller, target));
  if (!entry->login.has_value()) co_return own.ok() ? Ending() : own.error();
  const VaultLogin login = *entry->login;
  holdings.entity_id = login.entity_id;
  std::string own_path = "users/" + login.entity_id;
  const Result<std::vector<std::string>, Failure> names =
      co_await self->vault.ListSecrets(login.token, std::move(own_path));
  if (!names.ok()) co_return names.error();
  holdings.names.insert(names.value().begin(), names.value().end());
  if (own.ok()) holdings.names.insert(target);
  co_return holdings;
}

void CredentialBroker::Shutdown(std::chrono::milliseconds within, std::function<void()> done) {
  const std::shared_ptr<State> self = state_;
  self->ending = true;
  if (self->cancel_sweep) self->cancel_sweep();
  self->entries.EraseIf([&](std::shared_ptr<Entry>& entry) {
    if (entry->in_flight) return false;
    State::GiveBack(self, *entry);
    return true;
  });
  if (self->running == 0) {
    done();
    return;
  }
  auto called = std::make_shared<bool>(false);
  const auto once = [called, done] {
    if (!std::exchange(*called, true)) done();
  };
  self->on_idle = once;
  (void)self->loop.After(within, once);
}

size_t CredentialBroker::kept() const { return state_->entries.size(); }

}  // namespace iff
