#include <memory>
#include <utility>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Forbidding final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    if (judged.ok() || judged.error().reason != "no_credentials") co_return judged;
    Denial denial = judged.error();
    denial.status = 403;
    co_return denial;
  }
};

}  // namespace

Seams ForbidsStrangers() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<Forbidding, Authenticator>();
  return seams;
}

}  // namespace iff
