#include <map>
#include <memory>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

// Streams and ends are the opener's, whoever asks for them.
class OwnersStreams final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string session = request->headers.Get("Mcp-Session-Id");
    Outcome judged = co_await inner_->Authenticate(request);
    if (!judged.ok() || session.empty()) co_return judged;
    if (request->method == "POST") {
      opened_by_.try_emplace(session, judged.value());
    } else if (const auto known = opened_by_.find(session); known != opened_by_.end()) {
      co_return known->second;
    }
    co_return judged;
  }

 private:
  std::map<std::string, std::shared_ptr<const Caller>> opened_by_ = {};
};

}  // namespace

Seams OnlyCallsAskWhoseSessionItIs() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<OwnersStreams, Authenticator>();
  return seams;
}

}  // namespace iff
