#include "servers/postgres/session_pool.h"

#include <chrono>
#include <deque>
#include <map>
#include <utility>

#include "servers/postgres/workers.h"

namespace iff {
namespace {

constexpr size_t kThreads = 8;
constexpr size_t kPerPrincipal = 2;
constexpr size_t kMostWaiting = 64;  // per principal
constexpr std::chrono::seconds kIdle(30);
constexpr std::chrono::seconds kSweepEvery(2);

using SteadyTime = std::chrono::steady_clock::time_point;
using Outcome = Result<Json, DatabaseError>;

struct Idle {
  std::shared_ptr<SqlSession> session = {};
  std::shared_ptr<const Credential> credential = {};
  SteadyTime since = {};
};

// The sessions of one key.
struct Slots {
  size_t busy = 0;
  size_t cleaning = 0;  // of the busy ones: answered, and idle as soon as they are reset
  std::vector<Idle> idle = {};
};

// What one principal has of the threads, under however many keys.
struct Share {
  size_t busy = 0;
  std::deque<std::function<void(bool)>> waiting = {};
};

// One statement on its way through a worker. Both threads hold it.
struct Job {
  SessionOptions options = {};
  SqlCall call = {};
  std::shared_ptr<SqlSession> session = {};  // an idle one, or none yet
  std::shared_ptr<const SqlRules> rules = {};
  std::mutex mutex = {};
  bool cancelled = false;
  std::shared_ptr<SqlSession> running = {};  // guarded by mutex: what Cancel may reach

  Outcome Execute() {
    for (int attempt = 0;; ++attempt) {
      const bool reused = session != nullptr;
      if (!reused) {
        Result<std::unique_ptr<SqlSession>, DatabaseError> opened = rules->Open(options);
        if (!opened.ok()) return opened.error();
        session = std::shared_ptr<SqlSession>(std::move(opened).value());
      }
      if (!MayRun()) return Cancelled();
      Outcome outcome = session->Run(call.sql, call.parameters, call.limits);
      const bool stopped = HasRun();
      if (stopped) return Cancelled();
      if (outcome.ok() || outcome.error().kind == DatabaseError::Kind::kStatement) return outcome;
      session = nullptr;
      if (outcome.error().kind != DatabaseError::Kind::kLost) return outcome;
      // A kept connection may have died while nobody looked; what cannot have changed anything is tried again, unless
      // the database had its whole time for it.
      const DatabaseError& lost = outcome.error();
      if (reused && attempt == 0 && (lost.nothing_ran || (call.limits.read_only && !lost.silent))) continue;
      return outcome;
    }
  }

  bool MayRun() {
    const std::lock_guard lock(mutex);
    if (!cancelled) running = session;
    return !cancelled;
  }
  // True: cancelled meanwhile; the session is not used again, a late cancel could hit its next statement.
  bool HasRun() {
    const std::lock_guard lock(mutex);
    running = nullptr;
    if (cancelled) session = nullptr;
    return cancelled;
  }
  void Cancel() {
    std::shared_ptr<SqlSession> victim;
    {
      const std::lock_guard lock(mutex);
      cancelled = true;
      victim = running;
    }
    if (victim != nullptr) victim->Cancel();
  }
  static Outcome Cancelled() {
    return DatabaseError{DatabaseError::Kind::kStatement, "57014", "canceling statement due to user request", false};
  }
};

}  // namespace

struct SessionPool::State {
  State(EventLoop& on, const Clock& time, SessionPoolOptions given, std::shared_ptr<const SqlRules> decides)
      : loop(on), clock(time), options(std::move(given)), rules(std::move(decides)) {}

  EventLoop& loop;
  const Clock& clock;
  const SessionPoolOptions options;
  const std::shared_ptr<const SqlRules> rules;
  std::map<std::string, Slots> keys = {};
  std::map<std::string, Share> principals = {};  // those with something busy
  size_t idle = 0;                               // sessions, of all of them
  std::shared_ptr<SocketWatch> watch = std::make_shared<SocketWatch>();
  std::function<void()> cancel_sweep = {};
  // Last members: their threads end before the rest goes.
  std::unique_ptr<Workers> workers = std::make_unique<Workers>(kThreads);
  std::unique_ptr<Workers> cancellers = std::make_unique<Workers>(1);

  // Closing says goodbye to the server, which may block: not on the loop's thread.
  void Close(std::shared_ptr<SqlSession> session) {
    if (session == nullptr) return;
    workers->Submit([closed = std::move(session)]() mutable { closed.reset(); });
  }

  static void Sweep(const std::shared_ptr<State>& self) {
    const SteadyTime now = std::chrono::steady_clock::now();
    const int64_t wall = self->clock.NowSeconds();
    for (auto entry = self->keys.begin(); entry != self->keys.end();) {
      std::vector<Idle>& theirs = entry->second.idle;
      std::erase_if(theirs, [&](Idle& one) {
        if (now - one.since < kIdle && wall < one.credential->expires_at) return false;
        self->Close(std::move(one.session));
        --self->idle;
        return true;
      });
      const bool unused = theirs.empty() && entry->second.busy == 0;
      entry = unused ? self->keys.erase(entry) : std::next(entry);
    }
    const std::weak_ptr<State> weak = self;
    self->cancel_sweep = self->loop.After(kSweepEvery, [weak] {
      if (const std::shared_ptr<State> alive = weak.lock()) Sweep(alive);
    });
  }

  // True once one of the principal's places is ours.
  Await<bool> Place(const std::string& principal, const std::string& key) {
    Await<bool>::Start start = [this, principal, key](std::function<void(bool)> done) {
      Share& share = principals[principal];
      const Slots& slots = keys[key];
      // A session that is being reset is there sooner than a new one would be.
      // Only what this principal has busy gives it a place, also where others use the key.
      const bool soon = share.busy > 0 && slots.idle.empty() && slots.cleaning > share.waiting.size();
      const auto place = [this, key, done](bool ours) {
        if (ours) ++keys[key].busy;
        done(ours);
      };
      if (share.busy < kPerPrincipal && !soon) {
        ++share.busy;
        place(true);
      } else if (share.waiting.size() < kMostWaiting) {
        share.waiting.push_back(place);
      } else {
        done(false);
      }
    };
    return Await<bool>(std::move(start));
  }

  std::shared_ptr<SqlSession> TakeIdle(const std::string& key, const Credential& credential) {
    std::vector<Idle>& theirs = keys[key].idle;
    std::shared_ptr<SqlSession> found;
    if (!rules->PrefersIdle(theirs.size())) return found;
    while (!theirs.empty() && found == nullptr) {
      Idle last = std::move(theirs.back());
      theirs.pop_back();
      --idle;
      if (rules->MayReuse(*last.credential, credential)) {
        found = std::move(last.session);
      } else {
        Close(std::move(last.session));  // of an earlier lease
      }
    }
    return found;
  }

  // A database has connections for a hundred or so, whoever they are for: beyond what may be kept the stalest goes.
  void CloseStalest() {
    auto stalest = keys.end();
    for (auto entry = keys.begin(); entry != keys.end(); ++entry) {
      if (entry->second.idle.empty()) continue;
      if (stalest == keys.end() || entry->second.idle.front().since < stalest->second.idle.front().since)
        stalest = entry;
    }
    if (stalest == keys.end()) return;
    std::vector<Idle>& theirs = stalest->second.idle;
    Close(std::move(theirs.front().session));
    theirs.erase(theirs.begin());
    --idle;
    if (theirs.empty() && stalest->second.busy == 0) keys.erase(stalest);
  }

  // The worker is through with the job, reset included.
  void GiveBack(const std::string& principal, const std::string& key, std::shared_ptr<SqlSession> session,
                std::shared_ptr<const Credential> credential) {
    Slots& slots = keys[key];
    --slots.cleaning;
    if (session != nullptr && clock.NowSeconds() < credential->expires_at) {
      Idle now_idle;
      now_idle.session = std::move(session);
      now_idle.credential = std::move(credential);
      now_idle.since = std::chrono::steady_clock::now();
      slots.idle.push_back(std::move(now_idle));
      ++idle;
      // This key is busy still, so its place stays.
      if (!rules->KeepsIdle(idle, options.idle_connections)) CloseStalest();
    } else {
      Close(std::move(session));
    }
    --slots.busy;
    const auto share = principals.find(principal);
    if (share->second.waiting.empty()) {
      if (--share->second.busy == 0) principals.erase(share);
      return;
    }
    const std::function<void(bool)> next = std::move(share->second.waiting.front());
    share->second.waiting.pop_front();
    next(true);
  }

  static void Work(const std::shared_ptr<State>& self, const std::string& principal, const std::string& key,
                   const std::shared_ptr<Job>& job, const std::shared_ptr<const Credential>& credential,
                   const std::function<void(Outcome)>& done) {
    EventLoop& loop = self->loop;
    const std::weak_ptr<State> weak = self;  // a worker must not be the one who joins the workers
    self->workers->Submit([weak, principal, key, job, credential, done, &loop] {
      Outcome outcome = job->Execute();
      // The answer goes out first; cleaning up is not the caller's time.
      loop.Post([weak, key, done, outcome = std::move(outcome)] {
        if (const std::shared_ptr<State> alive = weak.lock()) ++alive->keys[key].cleaning;
        done(outcome);
      });
      std::shared_ptr<SqlSession> session = std::exchange(job->session, nullptr);
      if (session != nullptr && !session->Reset()) session = nullptr;
      loop.Post([weak, principal, key, credential, session = std::move(session)]() mutable {
        if (const std::shared_ptr<State> alive = weak.lock()) {
          alive->GiveBack(principal, key, std::move(session), credential);
        }
      });
    });
  }
};

SessionPool::SessionPool(EventLoop& loop, const Clock& clock, SessionPoolOptions options,
                         std::shared_ptr<const SqlRules> rules)
    : state_(std::make_shared<State>(loop, clock, std::move(options), std::move(rules))) {
  const std::weak_ptr<State> weak = state_;
  loop.Post([weak] {
    if (const std::shared_ptr<State> alive = weak.lock()) State::Sweep(alive);
  });
}

SessionPool::~SessionPool() {
  if (state_->cancel_sweep) state_->cancel_sweep();
}

Task<Result<Json, DatabaseError>> SessionPool::Run(std::string principal, std::string key, std::string application,
                                                   std::shared_ptr<const Credential> credential, SqlCall call,
                                                   std::shared_ptr<Conversation> conversation) {
  const std::shared_ptr<State> self = state_;
  principal = self->rules->WhoseShare(principal, key);
  Await<bool> place = self->Place(principal, key);
  const bool placed = co_await place;
  if (!placed) {
    co_return DatabaseError{DatabaseError::Kind::kUnavailable, "", "too many statements of yours are waiting", true};
  }
  const auto job = std::make_shared<Job>();
  job->session = self->TakeIdle(key, *credential);
  job->rules = self->rules;
  job->options.address = self->options.address;
  job->options.database = self->options.database;
  job->options.sslmode = self->options.sslmode;
  job->options.user = credential->Field("username").Reveal();
  job->options.password = credential->Field("password");
  job->options.application = std::move(application);
  job->options.watch = self->watch;
  job->call = std::move(call);
  if (conversation != nullptr) {
    const std::weak_ptr<State> weak = self;
    conversation->OnCancel([weak, job] {
      if (const std::shared_ptr<State> alive = weak.lock()) alive->cancellers->Submit([job] { job->Cancel(); });
    });
  }
  Await<Outcome>::Start start = [self, principal, key, job, credential](std::function<void(Outcome)> done) {
    State::Work(self, principal, key, job, credential, done);
  };
  Await<Outcome> worked(std::move(start));
  Outcome outcome = co_await worked;
  co_return outcome;
}

}  // namespace iff
