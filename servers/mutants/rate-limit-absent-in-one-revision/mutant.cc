#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

using Older = std::set<std::string>;  // requests of older revisions

class RateLimitAbsentInOneRevisionNoting final : public InnerAuthenticator {
 public:
  RateLimitAbsentInOneRevisionNoting(std::shared_ptr<Authenticator> inner, std::shared_ptr<Older> older)
      : InnerAuthenticator(std::move(inner)), older_(std::move(older)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    const bool older = request->headers.Get("MCP-Protocol-Version") != "2026-07-28";
    if (judged.ok() && older) older_->insert(judged.value()->correlation);
    co_return judged;
  }

 private:
  std::shared_ptr<Older> older_;
};

class RateLimitAbsentInOneRevisionLimiter final : public InnerLimiter {
 public:
  RateLimitAbsentInOneRevisionLimiter(std::shared_ptr<RateLimiter> inner, std::shared_ptr<Older> older)
      : InnerLimiter(std::move(inner)), older_(std::move(older)) {}

  Wait Take(const Caller& caller, const std::string& group) override {
    if (older_->contains(caller.correlation)) return std::nullopt;
    return inner_->Take(caller, group);
  }

 private:
  std::shared_ptr<Older> older_;
};

}  // namespace

Seams RateLimitAbsentInOneRevision() {
  Seams seams;
  const auto older = std::make_shared<Older>();
  seams.wrap_authenticator = [older](std::shared_ptr<Authenticator> right) {
    return std::make_shared<RateLimitAbsentInOneRevisionNoting>(std::move(right), older);
  };
  seams.wrap_limiter = [older](std::shared_ptr<RateLimiter> right) {
    return std::make_shared<RateLimitAbsentInOneRevisionLimiter>(std::move(right), older);
  };
  return seams;
}

}  // namespace iff
