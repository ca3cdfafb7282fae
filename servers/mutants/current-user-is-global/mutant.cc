#include <map>
#include <memory>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

struct Current {
  std::string user = {};
  std::map<std::string, std::string> authorization = {};  // user -> as it was last sent for them
};

class Setting final : public InnerAuthenticator {
 public:
  Setting(std::shared_ptr<Authenticator> inner, std::shared_ptr<Current> current)
      : InnerAuthenticator(std::move(inner)), current_(std::move(current)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok()) current_->user = judged.value()->claims.subject;
    co_return judged;
  }

 private:
  std::shared_ptr<Current> current_;
};

}  // namespace

Seams CurrentUserIsGlobal() {
  Seams seams;
  const auto current = std::make_shared<Current>();
  seams.wrap_authenticator = [current](std::shared_ptr<Authenticator> right) -> std::shared_ptr<Authenticator> {
    return std::make_shared<Setting>(std::move(right), current);
  };
  // By now the caller's credential has been fetched, and somebody else may have come.
  seams.on_upstream_request = [current](HttpRequest& request, const Caller& caller, const Credential&) {
    current->authorization[caller.claims.subject] = request.headers.Get("Authorization");
    const std::string& theirs = current->authorization[current->user];
    if (!theirs.empty()) request.headers.Set("Authorization", theirs);
  };
  return seams;
}

}  // namespace iff
