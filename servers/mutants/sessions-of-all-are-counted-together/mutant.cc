#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class OneCount final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    constexpr int kMost = 30;
    if (!judged.ok() || MethodOf(*request) != "initialize" || ++opened_ <= kMost) co_return judged;
    Denial denial;
    denial.status = 429;
    denial.reason = "too_many_sessions";
    denial.retry_after = std::chrono::seconds(30);
    co_return denial;
  }

 private:
  int opened_ = 0;
};

}  // namespace

Seams SessionsOfAllAreCountedTogether() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<OneCount, Authenticator>();
  return seams;
}

}  // namespace iff
