#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class RateLimitPerTokenLimiter final : public InnerLimiter {
 public:
  using InnerLimiter::InnerLimiter;

  Wait Take(const Caller& caller, const std::string& group) override {
    Caller bearer = caller;
    bearer.claims.subject += " " + caller.claims.token_id;
    return inner_->Take(bearer, group);
  }
};

}  // namespace

Seams RateLimitPerToken() {
  Seams seams;
  seams.wrap_limiter = WrapIn<RateLimitPerTokenLimiter, RateLimiter>();
  return seams;
}

}  // namespace iff
