// Budgets of calls.
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "servers/mutants/guards.h"
#include "servers/mutants/mutant.h"

namespace iff {
namespace {

// -- locks-out-after-many-refusals

class Offended final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    if (refused_ >= 100) {
      co_return Denial{.status = 429, .reason = "rate_limited", .retry_after = std::chrono::seconds(60)};
    }
    Outcome judged = co_await inner_->Authenticate(request);
    if (!judged.ok() && judged.error().error == "invalid_token") ++refused_;
    co_return judged;
  }

 private:
  int refused_ = 0;
};

// -- rate-limit-absent

class RateLimitAbsentLimiter final : public InnerLimiter {
 public:
  using InnerLimiter::InnerLimiter;
  Wait Take(const Caller&, const std::string&) override { return std::nullopt; }
};

// -- rate-limit-absent-in-one-revision

using Older = std::set<std::string>;  // requests of older revisions

class RateLimitAbsentInOneRevisionNoting final : public InnerAuthenticator {
 public:
  RateLimitAbsentInOneRevisionNoting(std::shared_ptr<Authenticator> inner, std::shared_ptr<Older> older)
      : InnerAuthenticator(std::move(inner)), older_(std::move(older)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    const bool older = request->headers.Get("MCP-Protocol-Version") != "2026-07-28";
    if (judged.ok() && older) older_->insert(judged.value()->correlation);
    co_return judged;
  }

 private:
  std::shared_ptr<Older> older_;
};

class RateLimitAbsentInOneRevisionLimiter final : public InnerLimiter {
 public:
  RateLimitAbsentInOneRevisionLimiter(std::shared_ptr<RateLimiter> inner, std::shared_ptr<Older> older)
      : InnerLimiter(std::move(inner)), older_(std::move(older)) {}

  Wait Take(const Caller& caller, const std::string& group) override {
    if (older_->contains(caller.correlation)) return std::nullopt;
    return inner_->Take(caller, group);
  }

 private:
  std::shared_ptr<Older> older_;
};

// -- rate-limit-by-address

class ByAddress final : public InnerLimiter {
 public:
  ByAddress(std::shared_ptr<RateLimiter> inner, std::shared_ptr<std::string> address)
      : InnerLimiter(std::move(inner)), address_(std::move(address)) {}

  Wait Take(const Caller& caller, const std::string& group) override {
    Caller there = caller;
    there.claims.subject += " " + *address_;
    return inner_->Take(there, group);
  }

 private:
  std::shared_ptr<std::string> address_;
};

// -- rate-limit-spares-pings, rate-limit-spares-failures

// What `kSpares` is not charged to anybody.
template <bool (*kSpares)(std::string_view method)>
class Sparing final : public InnerLimiter {
 public:
  Sparing(std::shared_ptr<RateLimiter> inner, std::shared_ptr<std::string> method)
      : InnerLimiter(std::move(inner)), method_(std::move(method)) {}

  Wait Take(const Caller& caller, const std::string& group) override {
    return kSpares(*method_) ? std::nullopt : inner_->Take(caller, group);
  }

 private:
  std::shared_ptr<std::string> method_;
};

bool IsPing(std::string_view method) { return method == "ping"; }
bool IsNoMethod(std::string_view method) { return method.starts_with("no/such"); }

template <bool (*kSpares)(std::string_view method)>
void Spare(Hooks& hooks) {
  const auto method = std::make_shared<std::string>();
  hooks.on_request = [method](HttpRequest& request) { *method = MethodOf(request); };
  hooks.wrap_limiter = [method](std::shared_ptr<RateLimiter> right) {
    return std::make_shared<Sparing<kSpares>>(std::move(right), method);
  };
}

// -- rate-limit-never-ends

class RateLimitNeverEndsLimiter final : public InnerLimiter {
 public:
  using InnerLimiter::InnerLimiter;

  Wait Take(const Caller& caller, const std::string& group) override {
    if (refused_.contains(caller.Principal())) return std::chrono::seconds(1);
    const Wait wait = inner_->Take(caller, group);
    if (wait) refused_.insert(caller.Principal());
    return wait;
  }

 private:
  std::set<std::string> refused_ = {};
};

// -- rate-limit-per-token

class RateLimitPerTokenLimiter final : public InnerLimiter {
 public:
  using InnerLimiter::InnerLimiter;

  Wait Take(const Caller& caller, const std::string& group) override {
    Caller bearer = caller;
    bearer.claims.subject += " " + caller.claims.token_id;
    return inner_->Take(bearer, group);
  }
};

// -- rate-limit-shared

class RateLimitSharedLimiter final : public InnerLimiter {
 public:
  using InnerLimiter::InnerLimiter;

  Wait Take(const Caller& caller, const std::string& group) override {
    Caller everybody = caller;
    everybody.claims.subject = "everybody";
    return inner_->Take(everybody, group);
  }
};

// -- rate-limit-too-tight

class RateLimitTooTightLimiter final : public InnerLimiter {
 public:
  using InnerLimiter::InnerLimiter;

  Wait Take(const Caller& caller, const std::string& group) override {
    if (const Wait wait = inner_->Take(caller, group)) return wait;
    return inner_->Take(caller, group);
  }
};

}  // namespace

Family LimitMutants() {
  Family family{.name = "limits", .suites = {"rate_limit", "isolation/own-things", "tokens/every-method", "protocol"}};

  // Somebody wanted to stop guessing. Whoever has one old token of anybody shuts the server for everybody.
  family.Add({.name = "locks-out-after-many-refusals",
              .fault = "After a hundred tokens that were refused, all are, whoever they belong to.",
              .targets = {"jira"},
              .suites = {"rate_limit/bad-tokens"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<Offended, Authenticator>(); });

  family.Add({.name = "rate-limit-absent", .fault = "Nobody is limited.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_limiter = WrapIn<RateLimitAbsentLimiter, RateLimiter>(); });

  // The limit hangs on one way in, and there is another.
  family.Add({.name = "rate-limit-absent-in-one-revision",
              .fault = "Only the stateless revision is limited.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               const auto older = std::make_shared<Older>();
               hooks.wrap_authenticator = [older](std::shared_ptr<Authenticator> right) {
                 return std::make_shared<RateLimitAbsentInOneRevisionNoting>(std::move(right), older);
               };
               hooks.wrap_limiter = [older](std::shared_ptr<RateLimiter> right) {
                 return std::make_shared<RateLimitAbsentInOneRevisionLimiter>(std::move(right), older);
               };
             });

  // Who writes another address into a field has another budget.
  family.Add({.name = "rate-limit-by-address",
              .fault = "A budget is kept for each address that a request says it comes from.",
              .targets = {"jira"},
              .suites = {"rate_limit"}},
             [](Hooks& hooks) {
               const auto address = std::make_shared<std::string>();
               hooks.on_request = [address](HttpRequest& request) {
                 *address = request.headers.Get("X-Forwarded-For");
               };
               hooks.wrap_limiter = [address](std::shared_ptr<RateLimiter> right) {
                 return std::make_shared<ByAddress>(std::move(right), address);
               };
             });

  family.Add({.name = "rate-limit-never-ends", .fault = "Who was refused once stays refused.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_limiter = WrapIn<RateLimitNeverEndsLimiter, RateLimiter>(); });

  // Logging in once more resets the limit.
  family.Add({.name = "rate-limit-per-token", .fault = "Each token has a budget of its own.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_limiter = WrapIn<RateLimitPerTokenLimiter, RateLimiter>(); });

  // One busy person locks the others out.
  family.Add({.name = "rate-limit-shared", .fault = "All callers share one budget.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_limiter = WrapIn<RateLimitSharedLimiter, RateLimiter>(); });

  // What nobody counts may be asked for without end.
  family.Add({.name = "rate-limit-spares-pings",
              .fault = "A ping is charged to nobody.",
              .targets = {"jira"},
              .suites = {"rate_limit"}},
             Spare<IsPing>);
  family.Add({.name = "rate-limit-spares-failures",
              .fault = "A method that there is not is charged to nobody.",
              .targets = {"jira"},
              .suites = {"rate_limit"}},
             Spare<IsNoMethod>);

  family.Add({.name = "rate-limit-too-tight", .fault = "Each call costs two.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_limiter = WrapIn<RateLimitTooTightLimiter, RateLimiter>(); });

  return family;
}

}  // namespace iff
