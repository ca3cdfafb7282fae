#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class ChallengeWithoutMetadataChallenging final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  std::string Challenge(const Denial& denial) const override {
    return denial.error.empty() ? "Bearer" : "Bearer error=\"" + denial.error + "\"";
  }
};

}  // namespace

Seams ChallengeWithoutMetadata() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<ChallengeWithoutMetadataChallenging, Authenticator>();
  return seams;
}

}  // namespace iff
