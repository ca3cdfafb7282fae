#include "servers/mutants/doors.h"
#include "servers/runtime/seams.h"

namespace iff {

namespace {

class OfAnyClient final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    if (!judged.ok()) co_return judged;
    auto caller = std::make_shared<Caller>(*judged.value());
    caller->claims.client.clear();
    co_return std::shared_ptr<const Caller>(std::move(caller));
  }
};

}  // namespace

Seams SessionsOfAnyClient() {
  Seams seams;
  seams.wrap_authenticator = [](std::shared_ptr<Authenticator> right) -> std::shared_ptr<Authenticator> {
    return std::make_shared<OfAnyClient>(std::move(right));
  };
  return seams;
}

}  // namespace iff
