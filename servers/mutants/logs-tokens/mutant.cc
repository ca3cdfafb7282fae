#include <cstdio>
#include <memory>
#include <utility>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Chatty final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    std::fprintf(stderr, "debug authorization=%s\n", request->headers.Get("Authorization").c_str());
    return inner_->Authenticate(std::move(request));
  }
};

}  // namespace

Seams LogsTokens() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<Chatty, Authenticator>();
  return seams;
}

}  // namespace iff
