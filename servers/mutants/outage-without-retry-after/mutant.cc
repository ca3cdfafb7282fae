#include <chrono>
#include <memory>
#include <utility>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Curt final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;
  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    auto judging = InnerAuthenticator::Authenticate(std::move(request));
    Outcome outcome = co_await std::move(judging);
    if (outcome.ok() || outcome.error().status != 503) co_return outcome;
    Denial denial = outcome.error();
    denial.retry_after = std::chrono::seconds(0);
    co_return denial;
  }
};

}  // namespace

Seams OutageWithoutRetryAfter() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<Curt, Authenticator>();
  return seams;
}

}  // namespace iff
