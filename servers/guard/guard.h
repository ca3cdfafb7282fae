// The decisions between a request and a tool. Each is an interface, so that one can be replaced: by a test,
// and by a deliberately broken server that proves a check. The shipped servers use the real ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/task.h"
#include "harness/net/http.h"
#include "servers/guard/caller.h"

namespace iff {

// Why a request does not get in, and how that is said (RFC 6750 section 3, RFC 9728 section 5.1).
struct Denial {
  int status = 401;
  std::string error = {};        // "invalid_token"; "" when no credentials were offered
  std::string description = {};  // constant text, nothing of the request in it
  std::string scope = {};        // scopes that would do, all of them, space-separated
  std::string reason = {};       // reason class for audit and metrics: "expired"; never sent
  std::chrono::seconds retry_after = std::chrono::seconds(0);  // of 429 and 503
  bool of_proof = false;  // the error is one of the scheme DPoP (RFC 9449 section 7.1)
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // Judges one request by its own Authorization field, every time.
  virtual Task<Result<std::shared_ptr<const Caller>, Denial>> Authenticate(
      std::shared_ptr<const HttpRequest> request) = 0;
  // The same of a request that was let in and is still being answered: what is taken only once is not asked for again.
  virtual Task<Result<std::shared_ptr<const Caller>, Denial>> Recheck(std::shared_ptr<const HttpRequest> request) {
    return Authenticate(std::move(request));
  }
  // WWW-Authenticate for `denial` in the scheme Bearer; "": bearer tokens are not taken.
  virtual std::string Challenge(const Denial& denial) const = 0;
  // The same in the scheme DPoP, a field of its own; "": proofs are not taken.
  virtual std::string ProofChallenge(const Denial&) const { return ""; }
  // The RFC 9728 document.
  virtual Json Metadata() const = 0;
};

// What a caller may see and call.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  virtual bool May(const Caller& caller, const std::string& scope) const { return caller.Has(scope); }
};

// Budgets per principal and tool group, one for all transports.
class RateLimiter {
 public:
  virtual ~RateLimiter() = default;
  // Takes one from the budget, or answers after how long there will be one.
  virtual std::optional<std::chrono::milliseconds> Take(const Caller& caller, const std::string& group) = 0;
};

// One record per decision, in order, without secrets.
struct Decision {
  std::string correlation = {};
  std::string issuer = {};
  std::string subject = {};  // "" if not authenticated
  std::string client = {};
  std::string method = {};  // "tools/call"; "other" for one that no revision knows
  std::string tool = {};
  std::string outcome = {};  // "allowed", "denied", "failed"
  std::string reason = {};   // "expired", "insufficient_scope", "missing_credential", ...
  int64_t took_us = 0;
  int64_t count = 1;  // of requests decided alike that this stands for
};
class AuditTrail {
 public:
  virtual ~AuditTrail() = default;
  // False: the record could not be written; a privileged call must then be refused.
  virtual bool Record(const Decision& decision) = 0;
};

// Those of one server. All set, except audit in tests.
struct Guard {
  std::shared_ptr<Authenticator> authenticator = {};
  std::shared_ptr<Authorizer> authorizer = {};
  std::shared_ptr<RateLimiter> limiter = {};
  std::shared_ptr<AuditTrail> audit = {};
};

}  // namespace iff
