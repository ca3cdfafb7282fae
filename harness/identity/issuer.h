// What issues tokens, and what has to know who exists. Interfaces, which drivers implement: every call is thread-safe,
// because independent scenarios run side by side.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"
#include "harness/identity/credential.h"
#include "harness/identity/principal.h"
#include "harness/jose/key.h"
#include "harness/jose/profile.h"

namespace iff {

// What a registry made of the principals it was given, in their order; empty: it assigns nothing.
using Assigned = std::vector<IssuerAccount>;

// Has to know who exists. Issuers come first, then whoever believes them: those find the ids that were assigned in
// Principal::issuers.
class PrincipalRegistry {
 public:
  virtual ~PrincipalRegistry() = default;
  // Idempotent: a principal that has an account here already keeps its id. All of them in as few requests as the
  // product allows.
  virtual Result<Assigned> Add(const std::vector<Principal>& principals) = 0;
  // For principals of an earlier scenario: what a server can change with what it is given is again as Add left it.
  virtual Result<void> Renew(const std::vector<Principal>& principals) {
    Result<Assigned> added = Add(principals);
    return added.ok() ? Result<void>() : Result<void>(added.error());
  }
  // Reads back, through the interface its users use, what Add wrote; answers how many facts it compared.
  // Looking at nothing is a failure of the caller's, not a success.
  virtual Result<size_t> Verify(const std::vector<Principal>& principals) = 0;
  virtual Result<void> Remove(const std::vector<Principal>& principals) = 0;
};

class TokenIssuer {
 public:
  virtual ~TokenIssuer() = default;
  // How its access tokens are written; the same for its whole life.
  virtual TokenProfile profile() const = 0;
  // A real login.
  virtual Result<Credential> Issue(const CredentialRequest& request) = 0;
  virtual Result<Credential> Refresh(const Credential& credential) = 0;
  // RFC 8693, as the confidential client `client`.
  virtual Result<Credential> Exchange(const Credential& credential, std::string_view client,
                                      std::string_view audience) = 0;
  // Logs the principal out everywhere, or locks the account.
  virtual Result<void> EndSessions(const Principal& principal) = 0;
  virtual Result<void> SetEnabled(const Principal& principal, bool enabled) = 0;
};

// The key an issuer signs with, which the harness holds too: expiry is minted, not waited for. An issuer whose keys are
// its own does not have this.
class IssuerKeys {
 public:
  virtual ~IssuerKeys() = default;
  virtual SigningKey signing_key() const = 0;
  virtual Result<void> Rotate() = 0;  // a new key signs; the old one stays published
};

}  // namespace iff
