#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class NoChallengeWithoutCredentialsChallenging final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  std::string Challenge(const Denial& denial) const override {
    return denial.error.empty() ? "" : inner_->Challenge(denial);
  }
};

}  // namespace

Seams NoChallengeWithoutCredentials() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<NoChallengeWithoutCredentialsChallenging, Authenticator>();
  return seams;
}

}  // namespace iff
