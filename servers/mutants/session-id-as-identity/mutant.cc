#include <map>
#include <memory>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class BySession final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string session = request->headers.Get("Mcp-Session-Id");
    if (const auto known = opened_by_.find(session); known != opened_by_.end()) co_return known->second;
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok() && !session.empty()) opened_by_[session] = judged.value();
    co_return judged;
  }

 private:
  std::map<std::string, std::shared_ptr<const Caller>> opened_by_ = {};
};

}  // namespace

Seams SessionIdAsIdentity() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<BySession, Authenticator>();
  return seams;
}

}  // namespace iff
