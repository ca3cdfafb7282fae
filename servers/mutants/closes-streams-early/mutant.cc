#include <chrono>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

// Whoever is in has a login that ends in two seconds, as the clock of the streams sees it.
class ClosingEarly final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const bool listens = request->method == "GET";
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    if (!judged.ok() || !listens) co_return judged;
    auto brief = std::make_shared<Caller>(*judged.value());
    brief->claims.expires_at = SystemClock::Instance().NowSeconds() + 2;
    co_return std::shared_ptr<const Caller>(std::move(brief));
  }

  Task<Outcome> Recheck(std::shared_ptr<const HttpRequest>) override { co_return Denial(); }
};

}  // namespace

Seams ClosesStreamsEarly() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<ClosingEarly, Authenticator>();
  return seams;
}

}  // namespace iff
