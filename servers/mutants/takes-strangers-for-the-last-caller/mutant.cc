#include <memory>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Obliging final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    if (last_ && request->headers.Find("Authorization") == nullptr) co_return last_;
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok()) last_ = judged.value();
    co_return judged;
  }

 private:
  std::shared_ptr<const Caller> last_ = {};
};

}  // namespace

Seams TakesStrangersForTheLastCaller() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<Obliging, Authenticator>();
  return seams;
}

}  // namespace iff
