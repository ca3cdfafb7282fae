// What a principal presents. Values only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "harness/core/secret.h"
#include "harness/identity/principal.h"
#include "harness/jose/prover.h"

namespace iff {

// Any party in possession of it can use it (RFC 6750 section 1.2).
struct BearerToken {};

// A token that is shown with a proof by the key it is bound to (RFC 9449).
struct KeyBoundToken {
  std::shared_ptr<const Prover> prover = {};  // REQUIRES: set
  // An attack of Prover: the proof that is shown with it, instead of a good one; "": none.
  std::string wrong_proof = {};
};

// A token that is shown over a connection with the client certificate it is bound to (RFC 8705).
struct CertificateBoundToken {
  std::string certificate = {};  // its thumbprint (x5t#S256), or the name of a wrong one
};

// No issuer's: a key that the target itself knows.
struct ApiKey {
  std::string field = {};  // of the header that it stands in, alone; "": as a bearer token is shown
};

// A login and a password (RFC 7617); the password is the value.
struct BasicLogin {
  std::string login = {};
};

// What a credential is, which is how it is shown.
using CredentialForm = std::variant<BearerToken, KeyBoundToken, CertificateBoundToken, ApiKey, BasicLogin>;

struct Credential {
  std::string alias = {};      // "alice.jira.token#1": how reports name it
  std::string principal = {};  // persona of the owner
  std::string issuer = {};     // the component that issued it; "": none did, it is a key
  CredentialForm form = {};
  Secret value = {};
  Secret refresh = {};
  int64_t expires_at = 0;          // NumericDate, 0 if unknown
  std::string wrong_request = {};  // a tampered request: how every call that shows it is changed; "": not at all

  // What has the key it is bound to; nullptr: it is bound to none.
  const Prover* prover() const {
    const auto* bound = std::get_if<KeyBoundToken>(&form);
    return bound == nullptr ? nullptr : bound->prover.get();
  }
  // Of the certificate it is bound to; "": it is bound to none.
  std::string certificate() const {
    const auto* bound = std::get_if<CertificateBoundToken>(&form);
    return bound == nullptr ? "" : bound->certificate;
  }
};

struct CredentialRequest {
  const Principal* principal = nullptr;  // REQUIRES: set, outlives the call
  std::string client = {};               // the client it logs in through; empty: the issuer's usual one
  std::vector<std::string> scopes = {};
  std::shared_ptr<const Prover> prover = {};  // the token is bound to its key; nullptr: to none
};

}  // namespace iff
