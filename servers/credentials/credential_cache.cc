#include "servers/credentials/credential_cache.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "harness/core/log.h"
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

// What one principal holds of the store.
struct Entry {
  std::optional<StoreLogin> login = {};
  int64_t login_ends = 0;  // NumericDate
  std::shared_ptr<const Credential> credential = {};
  bool in_flight = false;
  std::vector<std::function<void(CredentialOutcome)>> waiting = {};
};

}  // namespace

std::string PrincipalCacheKey(const Caller& caller, const std::string& target) {
  const auto part = [](const std::string& text) { return std::to_string(text.size()) + ":" + text; };
  std::string key =
      part(caller.claims.issuer) + part(caller.claims.subject) + part(caller.claims.client) + part(target);
  key += part(caller.claims.key_thumbprint) + part(caller.claims.certificate_thumbprint);
  // Each list ends: what stands in one of them cannot be taken for part of the other.
  for (const std::string& audience : caller.claims.audience) key += part(audience);
  key += ";";
  for (const std::string& scope : caller.claims.scopes) key += part(scope);
  return key;
}

struct CredentialCache::State {
  State(std::unique_ptr<CredentialStore> asked, CredentialCacheOptions given, const SourceContext& context)
      : options(std::move(given)),
        loop(context.loop),
        hooks(context.hooks),
        clock(context.clock),
        store(std::move(asked)),
        entries(options.principals) {
    if (hooks.wrap_store) store = hooks.wrap_store(std::move(store));
  }

  const CredentialCacheOptions options;
  EventLoop& loop;
  const CredentialHooks& hooks;
  const Clock& clock;
  std::unique_ptr<CredentialStore> store;
  LruMap<std::shared_ptr<Entry>> entries;
  uint64_t generations = 0;
  bool ending = false;
  size_t running = 0;  // fetches and revocations
  std::function<void()> on_idle = {};
  std::function<void()> cancel_sweep = {};

  std::string Key(const Caller& caller) const {
    return hooks.cache_key ? hooks.cache_key(caller, options.target) : PrincipalCacheKey(caller, options.target);
  }

  // Waits for nothing: gives the token back in the background.
  static void GiveBack(const std::shared_ptr<State>& self, Entry& entry) {
    entry.credential = nullptr;
    if (!entry.login.has_value()) return;
    Secret token = std::move(entry.login->token);
    entry.login.reset();
    ++self->running;
    Spawn(ReturnLogin(self, std::move(token)));
  }

  static Task<void> ReturnLogin(std::shared_ptr<State> self, Secret token) {
    bool taken = co_await self->store->GiveBack(token);
    if (!taken) taken = co_await self->store->GiveBack(token);
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
      // Giving a login back ends its leases, and with them a call that runs under its credential: making room for one
      // caller must not end another's call.
      if (stalest->in_flight || stalest->credential.use_count() > 1) return false;
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
    const std::weak_ptr<State> weak = self;
    self->cancel_sweep = self->loop.After(kSweepEvery, [weak] {
      if (const std::shared_ptr<State> alive = weak.lock()) Sweep(alive);
    });
  }

  // Logs in unless the entry has a login that is still good. True: this login is new.
  static Task<Result<bool, Failure>> EnsureLogin(std::shared_ptr<State> self, std::shared_ptr<Entry> entry,
                                                 std::shared_ptr<const Caller> caller) {
    if (entry->login.has_value() && self->clock.NowSeconds() < entry->login_ends) co_return false;
    GiveBack(self, *entry);
    Result<StoreLogin, Failure> login = co_await self->store->LogIn(caller);
    if (!login.ok()) co_return login.error();
    const int64_t now = self->clock.NowSeconds();
    entry->login = std::move(login).value();
    entry->login_ends = std::min(caller->claims.expires_at, now + entry->login->lease_seconds);
    if (self->hooks.adjust_expiry) entry->login_ends = self->hooks.adjust_expiry(*caller, entry->login_ends);
    co_return true;
  }

  static Task<CredentialOutcome> Obtain(std::shared_ptr<State> self, std::shared_ptr<Entry> entry,
                                        std::shared_ptr<const Caller> caller) {
    const Result<bool, Failure> first = co_await EnsureLogin(self, entry, caller);
    if (!first.ok()) co_return first.error();
    Result<StoredCredential, Failure> secret = co_await self->store->Read(caller, *entry->login);
    if (!secret.ok() && !first.value() && self->store->MayBeDeadLogin(secret.error())) {
      // Once more, as the same caller, with a new login.
      entry->login_ends = 0;
      const Result<bool, Failure> again = co_await EnsureLogin(self, entry, caller);
      if (!again.ok()) co_return again.error();
      secret = co_await self->store->Read(caller, *entry->login);
    }
    if (!secret.ok()) co_return secret.error();

    const int64_t now = self->clock.NowSeconds();
    auto credential = std::make_shared<Credential>();
    credential->fields = std::move(secret.value().fields);
    credential->lease_id = std::move(secret.value().lease_id);
    const int64_t lease = secret.value().lease_seconds;
    int64_t ends = entry->login_ends;
    if (credential->lease_id.empty()) {
      ends = std::min(ends, now + self->options.stored_ttl.count());
    } else {
      // A little early, so that a statement begun before the end is not cut by it.
      ends = std::min(ends, now + lease - std::min<int64_t>(5, lease / 10));
    }
    if (self->hooks.adjust_expiry) ends = self->hooks.adjust_expiry(*caller, ends);
    credential->expires_at = ends;
    credential->generation = ++self->generations;
    entry->credential = credential;
    co_return std::shared_ptr<const Credential>(std::move(credential));
  }

  static Task<void> Fill(std::shared_ptr<State> self, std::shared_ptr<Entry> entry,
                         std::shared_ptr<const Caller> caller) {
    const CredentialOutcome outcome = co_await Obtain(self, entry, caller);
    entry->in_flight = false;
    if (self->ending) GiveBack(self, *entry);
    std::vector<std::function<void(CredentialOutcome)>> waiting;
    waiting.swap(entry->waiting);
    for (const auto& done : waiting) done(self->ending ? CredentialOutcome(Ending()) : outcome);
    self->Ended();
  }
};

CredentialCache::CredentialCache(std::unique_ptr<CredentialStore> store, CredentialCacheOptions options,
                                 const SourceContext& context)
    : state_(std::make_shared<State>(std::move(store), std::move(options), context)) {
  const std::weak_ptr<State> weak = state_;
  context.loop.Post([weak] {
    if (const std::shared_ptr<State> alive = weak.lock()) State::Sweep(alive);
  });
}

CredentialCache::~CredentialCache() {
  if (state_->cancel_sweep) state_->cancel_sweep();
}

Task<CredentialOutcome> CredentialCache::Fetch(std::shared_ptr<const Caller> caller) {
  const std::shared_ptr<State> self = state_;
  if (self->ending) co_return Ending();
  const int64_t now = self->clock.NowSeconds();
  const std::shared_ptr<Entry> entry = State::EntryOf(self, self->Key(*caller));
  const CredentialRules& rules = *self->hooks.credential_rules;
  if (entry->credential != nullptr && rules.StillGood(*entry->credential, now)) co_return entry->credential;
  if (now >= caller->claims.expires_at && !self->hooks.adjust_expiry) co_return TokenEnded();
  Await<CredentialOutcome>::Start start = [self, entry, caller](std::function<void(CredentialOutcome)> done) {
    entry->waiting.push_back(std::move(done));
    if (entry->in_flight && self->hooks.credential_rules->JoinsRunningFetch()) return;
    entry->in_flight = true;
    ++self->running;
    Spawn(State::Fill(self, entry, caller));
  };
  Await<CredentialOutcome> fetched(std::move(start));
  CredentialOutcome outcome = co_await fetched;
  if (!outcome.ok() && self->hooks.fallback) {
    std::optional<Credential> other = self->hooks.fallback(*caller, self->options.target, outcome.error());
    if (other.has_value()) co_return std::make_shared<const Credential>(std::move(*other));
  }
  co_return outcome;
}

void CredentialCache::Discard(const Caller& caller, const Credential& credential) {
  if (!state_->hooks.credential_rules->DropsRefused()) return;
  const std::shared_ptr<Entry>* const found = state_->entries.Find(state_->Key(caller));
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

Task<Result<CredentialSource::Holdings, Failure>> CredentialCache::Look(std::shared_ptr<const Caller> caller) {
  const std::shared_ptr<State> self = state_;
  Holdings holdings;
  const CredentialOutcome own = co_await Fetch(caller);
  // A fetch leaves its login behind even when there was nothing to fetch.
  const std::shared_ptr<Entry> entry = State::EntryOf(self, self->Key(*caller));
  if (!entry->login.has_value()) co_return own.ok() ? Ending() : own.error();
  const StoreLogin login = *entry->login;
  holdings.identity = login.identity;
  const Result<std::vector<std::string>, Failure> names = co_await self->store->Names(caller, login);
  if (!names.ok()) co_return names.error();
  holdings.names.insert(names.value().begin(), names.value().end());
  if (own.ok()) holdings.names.insert(self->options.target);
  co_return holdings;
}

void CredentialCache::Shutdown(std::chrono::milliseconds within, std::function<void()> done) {
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

size_t CredentialCache::kept() const { return state_->entries.size(); }

}  // namespace iff
