#include "servers/http/shard.h"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "servers/guard/bearer.h"

namespace iff {
namespace {

constexpr size_t kTokensSeen = 4096;

// "iss" and "sub" of a token in compact form, as it says, unverified.
std::optional<size_t> ShardOfToken(std::string_view token, size_t workers) {
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const Result<std::string> payload = DecodeBase64Url(token.substr(first + 1, second - first - 1));
  if (!payload.ok()) return std::nullopt;
  const Result<Json> claims = ParseJson(payload.value());
  if (!claims.ok()) return std::nullopt;
  return ShardOf(AtOr<std::string>(claims.value(), "/iss", ""), AtOr<std::string>(claims.value(), "/sub", ""), workers);
}

class ShardGuard final : public Authenticator {
 public:
  using Outcome = Result<std::shared_ptr<const Caller>, Denial>;

  ShardGuard(std::shared_ptr<Authenticator> inner, size_t here, size_t workers)
      : inner_(std::move(inner)), here_(here), workers_(workers) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    return Judge(inner_->Authenticate(std::move(request)));
  }
  Task<Outcome> Recheck(std::shared_ptr<const HttpRequest> request) override {
    return Judge(inner_->Recheck(std::move(request)));
  }
  std::string Challenge(const Denial& denial) const override { return inner_->Challenge(denial); }
  std::string ProofChallenge(const Denial& denial) const override { return inner_->ProofChallenge(denial); }
  Json Metadata() const override { return inner_->Metadata(); }

 private:
  Task<Outcome> Judge(Task<Outcome> judging) {
    Outcome judged = co_await std::move(judging);
    if (!judged.ok()) co_return judged;
    const Claims& claims = judged.value()->claims;
    if (ShardOf(claims.issuer, claims.subject, workers_) == here_) co_return judged;
    Denial denial;
    denial.status = 503;
    denial.description = "try again";
    denial.reason = "misrouted";
    denial.retry_after = std::chrono::seconds(1);
    co_return denial;
  }

  std::shared_ptr<Authenticator> inner_;
  size_t here_;
  size_t workers_;
};

class TokenShards final : public Shards {
 public:
  TokenShards(size_t here, size_t workers) : here_(here), workers_(workers), seen_(workers > 1 ? kTokensSeen : 0) {}

  size_t WorkerOf(const HttpRequest& request) override {
    const std::string* const field = request.headers.Find("Authorization");
    if (workers_ == 1 || field == nullptr) return here_;
    const uint64_t hash = std::hash<std::string>{}(*field);
    Seen& seen = seen_[hash % kTokensSeen];
    if (seen.hash == hash) return seen.worker;
    const Presented presented = ReadCredentials(request);
    if (presented.token.empty()) return here_;
    const std::optional<size_t> worker = ShardOfToken(presented.token.Reveal(), workers_);
    if (!worker) return here_;
    seen = {.hash = hash, .worker = *worker};
    return *worker;
  }

  std::shared_ptr<Authenticator> Guarded(std::shared_ptr<Authenticator> inner) override {
    if (workers_ == 1) return inner;
    return std::make_shared<ShardGuard>(std::move(inner), here_, workers_);
  }

 private:
  // Tokens seen before, by a hash that may be wrong: the shard's authentication would notice.
  struct Seen {
    uint64_t hash = 0;
    size_t worker = 0;
  };
  size_t here_;
  size_t workers_;
  std::vector<Seen> seen_;
};

// A request and its responder on another worker's thread. Its own members are touched by the thread it was handed to,
// what it wraps by the thread it came from.
class Handed final : public Responder, public std::enable_shared_from_this<Handed> {
 public:
  Handed(EventLoop& from, EventLoop& to, std::shared_ptr<const HttpRequest> request,
         std::shared_ptr<Responder> responder)
      : from_(from), to_(to), request_(std::move(request)), responder_(std::move(responder)) {}

  ~Handed() override {
    if (from_.Here()) return;
    from_.Post([request = std::move(request_), responder = std::move(responder_)] {});
  }

  // Called where it came from.
  void Watch() {
    responder_->OnDisconnect([weak = weak_from_this()] {
      const std::shared_ptr<Handed> self = weak.lock();
      if (!self) return;
      self->gone_ = true;
      self->to_.Post([self] {
        if (const std::function<void()> tell = std::exchange(self->on_disconnect_, nullptr)) tell();
      });
    });
  }

  void Send(HttpResponse response) override {
    Ended();
    // Held as a whole: whoever lets go last is then, as a rule, there already.
    from_.Post([self = shared_from_this(), response = std::move(response)]() mutable {
      self->responder_->Send(std::move(response));
    });
  }
  void Begin(HttpResponse head) override {
    from_.Post([responder = responder_, head = std::move(head)]() mutable { responder->Begin(std::move(head)); });
  }
  void Write(std::string chunk) override {
    from_.Post([responder = responder_, chunk = std::move(chunk)]() mutable { responder->Write(std::move(chunk)); });
  }
  void End() override {
    Ended();
    from_.Post([responder = responder_] { responder->End(); });
  }
  void LimitUnread(size_t bytes) override {
    from_.Post([responder = responder_, bytes] { responder->LimitUnread(bytes); });
  }
  bool disconnected() const override { return gone_; }
  void OnDisconnect(std::function<void()> callback) override {
    if (ended_) return;
    if (gone_) return callback();
    on_disconnect_ = std::move(callback);
  }

  std::shared_ptr<const HttpRequest> request() { return {shared_from_this(), request_.get()}; }

 private:
  void Ended() {
    ended_ = true;
    // It may own this object: dropped when all is done.
    std::function<void()> dropped = std::exchange(on_disconnect_, nullptr);
    if (dropped) to_.Post([dropped = std::move(dropped)] {});
  }

  EventLoop& from_;
  EventLoop& to_;
  std::shared_ptr<const HttpRequest> request_;
  std::shared_ptr<Responder> responder_;
  std::atomic<bool> gone_ = false;
  bool ended_ = false;
  std::function<void()> on_disconnect_ = {};
};

}  // namespace

size_t ShardOf(std::string_view issuer, std::string_view subject, size_t workers) {
  std::string principal = std::to_string(issuer.size());
  principal.append(":").append(issuer).append(subject);
  return std::hash<std::string>{}(principal) % workers;
}

std::unique_ptr<Shards> MakeTokenShards(size_t here, size_t workers) {
  return std::make_unique<TokenShards>(here, workers);
}

void HandOver(EventLoop& from, EventLoop& to, std::shared_ptr<const HttpRequest> request,
              std::shared_ptr<Responder> responder, const AsyncHandler& handler) {
  auto handed = std::make_shared<Handed>(from, to, std::move(request), std::move(responder));
  handed->Watch();
  to.Post([handed = std::move(handed), &handler] { handler(handed->request(), handed); });
}

}  // namespace iff
