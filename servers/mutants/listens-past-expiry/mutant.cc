#include <map>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Trusting final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string shown = request->headers.Get("Authorization");
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    if (judged.ok()) seen_.insert_or_assign(shown, judged.value());
    co_return judged;
  }

  // Whoever was let in once stays in.
  Task<Outcome> Recheck(std::shared_ptr<const HttpRequest> request) override {
    const auto before = seen_.find(request->headers.Get("Authorization"));
    if (before != seen_.end()) co_return before->second;
    Outcome judged = co_await inner_->Recheck(std::move(request));
    co_return judged;
  }

 private:
  std::map<std::string, std::shared_ptr<const Caller>> seen_;
};

}  // namespace

Seams ListensPastExpiry() {
  Seams seams;
  seams.wrap_authenticator = WrapIn<Trusting, Authenticator>();
  return seams;
}

}  // namespace iff
