#include <map>
#include <memory>
#include <set>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class OpenersScopes final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string session = request->headers.Get("Mcp-Session-Id");
    Outcome judged = co_await inner_->Authenticate(request);
    if (!judged.ok() || session.empty()) co_return judged;
    const std::shared_ptr<const Caller>& opener = opened_by_.try_emplace(session, judged.value()).first->second;
    if (opener->Holder() != judged.value()->Holder()) co_return judged;
    auto caller = std::make_shared<Caller>(*judged.value());
    caller->claims.scopes = opener->claims.scopes;
    co_return std::shared_ptr<const Caller>(std::move(caller));
  }

 private:
  std::map<std::string, std::shared_ptr<const Caller>> opened_by_ = {};
};

}  // namespace

Seams SessionLendsItsScopes() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<OpenersScopes, Authenticator>();
  return seams;
}

}  // namespace iff
