#include <chrono>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Offended final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    if (refused_ >= 100) {
      co_return Denial{.status = 429, .reason = "rate_limited", .retry_after = std::chrono::seconds(60)};
    }
    Outcome judged = co_await inner_->Authenticate(request);
    if (!judged.ok() && judged.error().error == "invalid_token") ++refused_;
    co_return judged;
  }

 private:
  int refused_ = 0;
};

}  // namespace

Seams LocksOutAfterManyRefusals() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<Offended, Authenticator>();
  return seams;
}

}  // namespace iff
