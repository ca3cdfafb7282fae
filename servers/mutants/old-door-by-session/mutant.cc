#include <map>
#include <memory>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

constexpr const char* kOldDoor = "X-Old-Door";

class BySessionAtTheOldDoor final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string session = request->headers.Get("Mcp-Session-Id");
    if (request->headers.Find(kOldDoor) != nullptr) {
      if (const auto known = opened_by_.find(session); known != opened_by_.end()) co_return known->second;
    }
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok() && !session.empty()) opened_by_.emplace(session, judged.value());
    co_return judged;
  }

 private:
  std::map<std::string, std::shared_ptr<const Caller>> opened_by_ = {};
};

}  // namespace

Seams OldDoorBySession() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    request.headers.Remove(kOldDoor);
    if (request.Path() != "/message") return;
    request.headers.Set("Mcp-Session-Id", request.Query()["session_id"]);
    request.headers.Set(kOldDoor, "yes");
    request.target = "/mcp";
  };
  seams.wrap_authenticator = WrapIn<BySessionAtTheOldDoor, Authenticator>();
  return seams;
}

}  // namespace iff
