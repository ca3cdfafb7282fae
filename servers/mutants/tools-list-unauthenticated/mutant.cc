#include <memory>
#include <string>
#include <utility>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Open final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    const std::string method = MethodOf(*request);
    if (judged.ok() || !judged.error().error.empty() || method == "tools/call") co_return judged;
    auto nobody = std::make_shared<Caller>();
    nobody->claims.subject = "nobody";
    co_return std::shared_ptr<const Caller>(std::move(nobody));
  }
};

}  // namespace

Seams ToolsListUnauthenticated() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<Open, Authenticator>();
  return seams;
}

}  // namespace iff
