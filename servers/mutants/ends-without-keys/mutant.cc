#include <cstdlib>
#include <memory>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Ending final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (!judged.ok() && judged.error().status == 503) std::_Exit(3);
    co_return judged;
  }
};

}  // namespace

Seams EndsWithoutKeys() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<Ending, Authenticator>();
  return seams;
}

}  // namespace iff
