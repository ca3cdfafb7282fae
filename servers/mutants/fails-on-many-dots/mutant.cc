#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Splitting final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string field = request->headers.Get("Authorization");
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    constexpr auto kMostParts = 1000;
    if (judged.ok() || std::count(field.begin(), field.end(), '.') < kMostParts) co_return judged;
    Denial denial;
    denial.status = 500;
    denial.reason = "out_of_room";
    co_return denial;
  }
};

}  // namespace

Seams FailsOnManyDots() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<Splitting, Authenticator>();
  return seams;
}

}  // namespace iff
