#include "harness/core/json.h"
#include "harness/jose/token.h"
#include "servers/mutants/doors.h"
#include "servers/runtime/seams.h"

namespace iff {

namespace {

class ReadingEverywhere final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const Outcome judged = co_await inner_->Authenticate(std::move(request));
    if (!judged.ok()) co_return judged;
    auto caller = std::make_shared<Caller>(*judged.value());
    const auto token = DecodeUnverified(caller->token.Reveal());
    const Json* const found = token.ok() ? Find(token->payload, "/scp") : nullptr;
    if (found != nullptr && found->is_array()) {
      for (const Json& scope : *found) caller->claims.scopes.insert(scope.get<std::string>());
    }
    co_return std::shared_ptr<const Caller>(std::move(caller));
  }
};

}  // namespace

Seams ReadsScopesAnywhere() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<ReadingEverywhere, Authenticator>();
  return seams;
}

}  // namespace iff
