#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Unbinding final : public AlteredCallers {
 public:
  using AlteredCallers::AlteredCallers;

 protected:
  void Alter(Caller& caller) override { caller.claims.key_thumbprint.clear(); }
};

}  // namespace

Seams SessionsWithoutTheirKey() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<Unbinding, Authenticator>();
  return seams;
}

}  // namespace iff
