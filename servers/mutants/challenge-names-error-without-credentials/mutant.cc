#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class ChallengeNamesErrorWithoutCredentialsChallenging final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  std::string Challenge(const Denial& denial) const override {
    Denial other = denial;
    if (other.error.empty()) other.error = "invalid_token";
    return inner_->Challenge(other);
  }
};

}  // namespace

Seams ChallengeNamesErrorWithoutCredentials() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<ChallengeNamesErrorWithoutCredentialsChallenging, Authenticator>();
  return seams;
}

}  // namespace iff
