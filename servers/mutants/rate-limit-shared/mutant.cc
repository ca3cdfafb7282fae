#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class RateLimitSharedLimiter final : public InnerLimiter {
 public:
  using InnerLimiter::InnerLimiter;

  Wait Take(const Caller& caller, const std::string& group) override {
    Caller everybody = caller;
    everybody.claims.subject = "everybody";
    return inner_->Take(everybody, group);
  }
};

}  // namespace

Seams RateLimitShared() {
  Seams seams;
  seams.wrap_limiter = WrapIn<RateLimitSharedLimiter, RateLimiter>();
  return seams;
}

}  // namespace iff
