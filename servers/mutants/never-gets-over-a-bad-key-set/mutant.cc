#include <memory>

#include "harness/core/json.h"
#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class UnlessSpoiled final : public InnerAuthenticator {
 public:
  UnlessSpoiled(std::shared_ptr<Authenticator> inner, std::shared_ptr<bool> spoiled)
      : InnerAuthenticator(std::move(inner)), spoiled_(std::move(spoiled)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (!*spoiled_) co_return judged;
    Denial denial;
    denial.status = 503;
    co_return Outcome(std::move(denial));
  }

 private:
  std::shared_ptr<bool> spoiled_;
};

}  // namespace

Seams NeverGetsOverABadKeySet() {
  Seams seams;
  const auto spoiled = std::make_shared<bool>(false);
  seams.adjust_keys = [spoiled](KeySourceOptions& options) {
    options.parse = [spoiled](std::string_view set) {
      Result<KeySet> keys = KeySet::Parse(set);
      if (!keys.ok()) *spoiled = true;
      return keys;
    };
  };
  seams.wrap_authenticator = [spoiled](std::shared_ptr<Authenticator> right) {
    return std::make_shared<UnlessSpoiled>(std::move(right), spoiled);
  };
  return seams;
}

}  // namespace iff
