#include <chrono>
#include <set>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class RateLimitNeverEndsLimiter final : public InnerLimiter {
 public:
  using InnerLimiter::InnerLimiter;

  Wait Take(const Caller& caller, const std::string& group) override {
    if (refused_.contains(caller.Principal())) return std::chrono::seconds(1);
    const Wait wait = inner_->Take(caller, group);
    if (wait) refused_.insert(caller.Principal());
    return wait;
  }

 private:
  std::set<std::string> refused_ = {};
};

}  // namespace

Seams RateLimitNeverEnds() {
  Seams seams;
  seams.wrap_limiter = WrapIn<RateLimitNeverEndsLimiter, RateLimiter>();
  return seams;
}

}  // namespace iff
