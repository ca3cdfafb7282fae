#include <memory>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class ByAddress final : public InnerLimiter {
 public:
  ByAddress(std::shared_ptr<RateLimiter> inner, std::shared_ptr<std::string> address)
      : InnerLimiter(std::move(inner)), address_(std::move(address)) {}

  Wait Take(const Caller& caller, const std::string& group) override {
    Caller there = caller;
    there.claims.subject += " " + *address_;
    return inner_->Take(there, group);
  }

 private:
  std::shared_ptr<std::string> address_;
};

}  // namespace

Seams RateLimitByAddress() {
  Seams seams;
  const auto address = std::make_shared<std::string>();
  seams.on_request = [address](HttpRequest& request) { *address = request.headers.Get("X-Forwarded-For"); };
  seams.wrap_limiter = [address](std::shared_ptr<RateLimiter> right) {
    return std::make_shared<ByAddress>(std::move(right), address);
  };
  return seams;
}

}  // namespace iff
