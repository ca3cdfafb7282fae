// Guards that pass everything on: a broken one overrides what it does wrongly.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "servers/guard/guard.h"

namespace iff {

// Recheck stays what it is by default, Authenticate once more: what is broken is broken there too.
class InnerAuthenticator : public Authenticator {
 public:
  using Outcome = Result<std::shared_ptr<const Caller>, Denial>;

  explicit InnerAuthenticator(std::shared_ptr<Authenticator> inner) : inner_(std::move(inner)) {}
  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    return inner_->Authenticate(std::move(request));
  }
  std::string Challenge(const Denial& denial) const override { return inner_->Challenge(denial); }
  std::string ProofChallenge(const Denial& denial) const override { return inner_->ProofChallenge(denial); }
  Json Metadata() const override { return inner_->Metadata(); }

 protected:
  std::shared_ptr<Authenticator> inner_;
};

// Whoever is let in, otherwise than the right guard saw them.
class AlteredCallers : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;
  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override;

 protected:
  virtual void Alter(Caller& caller) = 0;
};

// Whoever was let in once stays in, whatever became of what they showed.
class LetInForGood final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;
  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override;
  Task<Outcome> Recheck(std::shared_ptr<const HttpRequest> request) override;

 private:
  std::map<std::string, std::shared_ptr<const Caller>> seen_;  // by what they show
};

class InnerLimiter : public RateLimiter {
 public:
  using Wait = std::optional<std::chrono::milliseconds>;

  explicit InnerLimiter(std::shared_ptr<RateLimiter> inner) : inner_(std::move(inner)) {}
  Wait Take(const Caller& caller, const std::string& group) override { return inner_->Take(caller, group); }

 protected:
  std::shared_ptr<RateLimiter> inner_;
};

class InnerTrail : public AuditTrail {
 public:
  explicit InnerTrail(std::shared_ptr<AuditTrail> inner) : inner_(std::move(inner)) {}
  bool Record(const Decision& decision) override { return inner_->Record(decision); }

 protected:
  std::shared_ptr<AuditTrail> inner_;
};

// wrap_authenticator, wrap_limiter and wrap_audit by a class that is made from the right one.
template <class Broken, class Guarding>
std::function<std::shared_ptr<Guarding>(std::shared_ptr<Guarding>)> WrapIn() {
  return [](std::shared_ptr<Guarding> right) -> std::shared_ptr<Guarding> {
    return std::make_shared<Broken>(std::move(right));
  };
}

// "tools/list", or "" when the body is no message.
std::string MethodOf(const HttpRequest& request);
// Makes of a message one for another method, in its body and in the header that repeats it.
void AskFor(HttpRequest& request, const std::string& method);

}  // namespace iff
