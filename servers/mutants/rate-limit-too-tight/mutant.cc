#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class RateLimitTooTightLimiter final : public InnerLimiter {
 public:
  using InnerLimiter::InnerLimiter;

  Wait Take(const Caller& caller, const std::string& group) override {
    if (const Wait wait = inner_->Take(caller, group)) return wait;
    return inner_->Take(caller, group);
  }
};

}  // namespace

Seams RateLimitTooTight() {
  Seams seams;
  seams.wrap_limiter = WrapIn<RateLimitTooTightLimiter, RateLimiter>();
  return seams;
}

}  // namespace iff
