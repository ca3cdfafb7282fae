#include <memory>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Blaming final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok() || judged.error().status != 503) co_return judged;
    Denial denial = judged.error();
    denial.status = 401;
    denial.error = "invalid_token";
    judged = Outcome(std::move(denial));
    co_return judged;
  }
};

}  // namespace

Seams BlamesCallerForMissingKeys() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<Blaming, Authenticator>();
  return seams;
}

}  // namespace iff
