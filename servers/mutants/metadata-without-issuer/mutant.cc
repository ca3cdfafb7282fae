#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class LeavingOutIssuer final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Json Metadata() const override {
    Json document = inner_->Metadata();
    document.erase("authorization_servers");
    return document;
  }
};

}  // namespace

Seams MetadataWithoutIssuer() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<LeavingOutIssuer, Authenticator>();
  return seams;
}

}  // namespace iff
