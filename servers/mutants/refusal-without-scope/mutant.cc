#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class RefusalWithoutScopeChallenging final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  std::string Challenge(const Denial& denial) const override {
    if (denial.error == "insufficient_scope") return "Bearer error=\"insufficient_scope\"";
    return inner_->Challenge(denial);
  }
};

}  // namespace

Seams RefusalWithoutScope() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<RefusalWithoutScopeChallenging, Authenticator>();
  return seams;
}

}  // namespace iff
