#include <map>
#include <memory>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class OneTokenEach final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string session = request->headers.Get("Mcp-Session-Id");
    Outcome judged = co_await inner_->Authenticate(request);
    if (!judged.ok() || session.empty()) co_return judged;
    const std::string shown = request->headers.Get("Authorization");
    const std::string& opened_with = opened_with_.try_emplace(session, shown).first->second;
    // A token of fewer scopes is refused for what it lacks.
    if (opened_with == shown || judged.value()->claims.scopes.size() < 2) co_return judged;
    Denial denial;
    denial.status = 404;
    denial.description = "session not found";
    denial.reason = "unknown_session";
    co_return denial;
  }

 private:
  std::map<std::string, std::string> opened_with_ = {};
};

}  // namespace

Seams SessionIsItsTokens() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<OneTokenEach, Authenticator>();
  return seams;
}

}  // namespace iff
