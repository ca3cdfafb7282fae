#include <memory>
#include <utility>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class AuditsTokensNoting final : public InnerAuthenticator {
 public:
  AuditsTokensNoting(std::shared_ptr<Authenticator> inner, std::shared_ptr<std::string> last)
      : InnerAuthenticator(std::move(inner)), last_(std::move(last)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    *last_ = request->headers.Get("Authorization");
    return inner_->Authenticate(std::move(request));
  }

 private:
  std::shared_ptr<std::string> last_;
};

class AuditsTokensTrail final : public InnerTrail {
 public:
  AuditsTokensTrail(std::shared_ptr<AuditTrail> inner, std::shared_ptr<std::string> last)
      : InnerTrail(std::move(inner)), last_(std::move(last)) {}

  bool Record(const Decision& decision) override {
    Decision told = decision;
    told.reason += " " + *last_;
    return inner_->Record(told);
  }

 private:
  std::shared_ptr<std::string> last_;
};

}  // namespace

Seams AuditsTokens() {
  Seams seams;
  const auto last = std::make_shared<std::string>();
  seams.wrap_authenticator = [last](std::shared_ptr<Authenticator> right) {
    return std::make_shared<AuditsTokensNoting>(std::move(right), last);
  };
  seams.wrap_audit = [last](std::shared_ptr<AuditTrail> right) {
    return std::make_shared<AuditsTokensTrail>(std::move(right), last);
  };
  return seams;
}

}  // namespace iff
