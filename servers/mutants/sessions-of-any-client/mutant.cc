#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class OfAnyClient final : public AlteredCallers {
 public:
  using AlteredCallers::AlteredCallers;

 protected:
  void Alter(Caller& caller) override { caller.claims.client.clear(); }
};

}  // namespace

Seams SessionsOfAnyClient() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<OfAnyClient, Authenticator>();
  return seams;
}

}  // namespace iff
