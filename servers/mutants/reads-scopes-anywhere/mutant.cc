#include "harness/core/json.h"
#include "harness/jose/token.h"
#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class ReadingEverywhere final : public AlteredCallers {
 public:
  using AlteredCallers::AlteredCallers;

 protected:
  void Alter(Caller& caller) override {
    const auto token = DecodeUnverified(caller.token.Reveal());
    const Json* const found = token.ok() ? Find(token->payload, "/scp") : nullptr;
    if (found == nullptr || !found->is_array()) return;
    for (const Json& scope : *found) caller.claims.scopes.insert(scope.get<std::string>());
  }
};

}  // namespace

Seams ReadsScopesAnywhere() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<ReadingEverywhere, Authenticator>();
  return seams;
}

}  // namespace iff
