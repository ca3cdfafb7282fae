#include "servers/mutants/rules.h"

#include <algorithm>
#include <mutex>
#include <pqxx/pqxx>
#include <utility>
#include <vector>

#include "servers/postgres/sql_rules.h"

namespace iff {
namespace {

using OpenedSession = Result<std::unique_ptr<SqlSession>, DatabaseError>;

class WriteRules final : public SqlRules {
 public:
  bool ReadOnly(bool) const override { return false; }
};

class SharingRules final : public SqlRules {
 public:
  std::string PoolKey(const std::string&) const override { return "everybody"; }
  // And one share of the threads, so that everybody waits for the same few connections, and opens none of their own.
  std::string WhoseShare(const std::string&, const std::string& key) const override { return key; }
  bool MayReuse(const Credential&, const Credential&) const override { return true; }
};

class SharesByKeyRules final : public SqlRules {
 public:
  std::string WhoseShare(const std::string&, const std::string& key) const override { return key; }
};

class HoardingRules final : public SqlRules {
 public:
  bool PrefersIdle(size_t idle) const override { return idle >= 20; }
  bool KeepsIdle(size_t, size_t) const override { return true; }
};

class RolelessRules final : public SqlRules {
 public:
  OpenedSession Open(const SessionOptions& options) const override {
    SessionOptions changed = options;
    changed.first_statement = "SELECT 1";
    return SqlRules::Open(changed);
  }
};

class ManyStatementRules final : public SqlRules {
 public:
  OpenedSession Open(const SessionOptions& options) const override {
    SessionOptions changed = options;
    changed.execute = [](pqxx::nontransaction& work, const std::string& sql, const std::vector<std::string>&) {
      return work.exec(sql);
    };
    return SqlRules::Open(changed);
  }
};

class DirtySession final : public SqlSession {
 public:
  explicit DirtySession(std::unique_ptr<SqlSession> inner) : inner_(std::move(inner)) {}
  Result<Json, DatabaseError> Run(const std::string& sql, const std::vector<std::string>& parameters,
                                  const StatementLimits& limits) override {
    return inner_->Run(sql, parameters, limits);
  }
  bool Reset() override { return true; }
  void Cancel() override { inner_->Cancel(); }

 private:
  std::unique_ptr<SqlSession> inner_;
};

class StateKeepingRules final : public SqlRules {
 public:
  OpenedSession Open(const SessionOptions& options) const override {
    OpenedSession opened = SqlRules::Open(options);
    if (!opened.ok()) return opened.error();
    return std::unique_ptr<SqlSession>(std::make_unique<DirtySession>(std::move(opened).value()));
  }
};

// Every connection of the server, and which of them lie idle.
struct Lent {
  std::shared_ptr<SqlSession> session = {};
  bool busy = true;  // guarded by Registry::mutex
};
struct Registry {
  std::mutex mutex = {};
  std::vector<std::weak_ptr<Lent>> all = {};

  std::shared_ptr<Lent> TakeIdle() {
    const std::lock_guard lock(mutex);
    std::erase_if(all, [](const auto& weak) { return weak.expired(); });
    for (const auto& weak : all) {
      const std::shared_ptr<Lent> one = weak.lock();
      if (one == nullptr || one->busy) continue;
      one->busy = true;
      return one;
    }
    return nullptr;
  }
  void SetBusy(Lent& one, bool busy) {
    const std::lock_guard lock(mutex);
    one.busy = busy;
  }
};

class LendableSession final : public SqlSession {
 public:
  LendableSession(std::shared_ptr<Registry> registry, std::shared_ptr<Lent> own, bool borrowed)
      : registry_(std::move(registry)), own_(std::move(own)), borrowed_(borrowed) {}
  ~LendableSession() override {
    if (borrowed_) registry_->SetBusy(*own_, false);
  }
  Result<Json, DatabaseError> Run(const std::string& sql, const std::vector<std::string>& parameters,
                                  const StatementLimits& limits) override {
    registry_->SetBusy(*own_, true);
    return own_->session->Run(sql, parameters, limits);
  }
  // What was borrowed goes back after one statement.
  bool Reset() override {
    if (borrowed_) return false;
    const bool clean = own_->session->Reset();
    registry_->SetBusy(*own_, !clean);
    return clean;
  }
  void Cancel() override { own_->session->Cancel(); }

 private:
  std::shared_ptr<Registry> registry_;
  std::shared_ptr<Lent> own_;
  bool borrowed_;
};

class LendingRules final : public SqlRules {
 public:
  OpenedSession Open(const SessionOptions& options) const override {
    OpenedSession opened = SqlRules::Open(options);
    std::shared_ptr<Lent> session;
    if (opened.ok()) {
      session = std::make_shared<Lent>();
      session->session = std::move(opened).value();
      const std::lock_guard lock(registry_->mutex);
      registry_->all.push_back(session);
    } else if (session = registry_->TakeIdle(); session == nullptr) {
      return opened.error();
    }
    return std::unique_ptr<SqlSession>(std::make_unique<LendableSession>(registry_, session, !opened.ok()));
  }

 private:
  std::shared_ptr<Registry> registry_ = std::make_shared<Registry>();
};

class KeepingRules final : public CredentialRules {
 public:
  bool StillGood(const Credential&, int64_t) const override { return true; }
  bool DropsRefused() const override { return false; }
};

class SoloRules final : public CredentialRules {
 public:
  bool JoinsRunningFetch() const override { return false; }
};

class LeakingStore final : public CredentialStore {
 public:
  explicit LeakingStore(std::unique_ptr<CredentialStore> inner) : inner_(std::move(inner)) {}
  Task<Result<StoreLogin, Failure>> LogIn(std::shared_ptr<const Caller> caller) override {
    return inner_->LogIn(std::move(caller));
  }
  Task<Result<StoredCredential, Failure>> Read(std::shared_ptr<const Caller> caller, StoreLogin login) override {
    return inner_->Read(std::move(caller), std::move(login));
  }
  Task<Result<std::vector<std::string>, Failure>> Names(std::shared_ptr<const Caller> caller,
                                                        StoreLogin login) override {
    return inner_->Names(std::move(caller), std::move(login));
  }
  Task<bool> GiveBack(Secret) override { co_return true; }
  bool MayBeDeadLogin(const Failure& failure) const override { return inner_->MayBeDeadLogin(failure); }

 private:
  std::unique_ptr<CredentialStore> inner_;
};

Task<Result<HttpResponse>> Follow(EventLoop* loop, HttpSend send, HttpRequest request, Deadline deadline,
                                  std::string who) {
  HttpRequest again = request;
  Result<HttpResponse> answer = co_await send(std::move(request), deadline, std::move(who));
  if (!answer.ok() || answer.value().status / 100 != 3) co_return answer;
  const Result<Url> there = ParseUrl(answer.value().headers.Get("Location"));
  if (!there.ok()) co_return answer;
  again.target = there.value().target;
  const auto other = std::make_shared<AsyncHttpClient>(*loop, there.value().endpoint);
  answer = co_await other->Send(std::move(again), deadline, std::string());
  co_return answer;
}

class NoShards final : public Shards {
 public:
  explicit NoShards(size_t here) : here_(here) {}
  size_t WorkerOf(const HttpRequest&) override { return here_; }
  std::shared_ptr<Authenticator> Guarded(std::shared_ptr<Authenticator> inner) override { return inner; }

 private:
  size_t here_;
};

}  // namespace

std::shared_ptr<const SqlRules> WritesForEverybody() { return std::make_shared<WriteRules>(); }
std::shared_ptr<const SqlRules> SharesConnections() { return std::make_shared<SharingRules>(); }
std::shared_ptr<const SqlRules> SharesThreadsByKey() { return std::make_shared<SharesByKeyRules>(); }
std::shared_ptr<const SqlRules> HoardsConnections() { return std::make_shared<HoardingRules>(); }
std::shared_ptr<const SqlRules> LendsConnections() { return std::make_shared<LendingRules>(); }
std::shared_ptr<const SqlRules> KeepsSessionState() { return std::make_shared<StateKeepingRules>(); }
std::shared_ptr<const SqlRules> AsksForNoRole() { return std::make_shared<RolelessRules>(); }
std::shared_ptr<const SqlRules> TakesManyStatements() { return std::make_shared<ManyStatementRules>(); }

std::shared_ptr<const CredentialRules> KeepsWhatEnded() { return std::make_shared<KeepingRules>(); }
std::shared_ptr<const CredentialRules> SharesNoFetch() { return std::make_shared<SoloRules>(); }
std::unique_ptr<CredentialStore> GivingNothingBack(std::unique_ptr<CredentialStore> store) {
  return std::make_unique<LeakingStore>(std::move(store));
}
HttpSend FollowingRedirects(EventLoop& loop, HttpSend send) {
  return [on = &loop, send = std::move(send)](HttpRequest request, Deadline deadline, std::string who) {
    return Follow(on, send, std::move(request), deadline, std::move(who));
  };
}

void RememberNoVerdicts(BearerOptions& options) { options.verdicts = 0; }
void TakeProofsAgain(BearerOptions& options) {
  options.admit_proof = [](const Proof&, int64_t) { return ProofMemory::Answer::kNew; };
}
void TakeBoundTokensAsBearer(BearerOptions& options) {
  options.binding_fault = [](bool with_proof, const Claims& claims, TokenBinding binding) {
    return with_proof ? BindingFault(with_proof, claims, binding) : nullptr;
  };
}

std::unique_ptr<Shards> WithoutShards(size_t here, size_t) { return std::make_unique<NoShards>(here); }

std::string AuthorityOf(const Settings& settings, const std::string& setting) {
  const auto found = settings.find(setting);
  if (found == settings.end()) return "";
  const Result<Url> url = ParseUrl(found->second);
  return url.ok() ? url->endpoint.Authority() : "";
}

}  // namespace iff
