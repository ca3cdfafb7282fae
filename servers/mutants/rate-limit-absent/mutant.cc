#include <optional>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class RateLimitAbsentLimiter final : public InnerLimiter {
 public:
  using InnerLimiter::InnerLimiter;
  Wait Take(const Caller&, const std::string&) override { return std::nullopt; }
};

}  // namespace

Seams RateLimitAbsent() {
  Seams seams;
  seams.wrap_limiter = WrapIn<RateLimitAbsentLimiter, RateLimiter>();
  return seams;
}

}  // namespace iff
