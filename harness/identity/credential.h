// What a principal presents. Values only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/secret.h"
#include "harness/identity/principal.h"
#include "harness/jose/prover.h"

namespace iff {

struct Credential {
  std::string alias = {};      // "alice.jira.token#1": how reports name it
  std::string principal = {};  // persona of the owner
  std::string issuer = {};     // the component that issued it; "": none did, it is a key
  Secret value = {};
  Secret refresh = {};
  int64_t expires_at = 0;  // NumericDate, 0 if unknown
  // Has the key the value is bound to (RFC 9449); nullptr: it is not bound to one.
  std::shared_ptr<const Prover> prover = {};
  std::string certificate = {};    // thumbprint (x5t#S256) of the client certificate it is shown with; "": with none
  std::string wrong_proof = {};    // an attack of Prover: the proof that is shown with it, instead of a good one
  std::string wrong_request = {};  // a bent request: how every call that shows it is bent; "": not at all
};

struct CredentialRequest {
  const Principal* principal = nullptr;  // REQUIRES: set, outlives the call
  std::string client = {};               // the client it logs in through; empty: the issuer's usual one
  std::vector<std::string> scopes = {};
  std::shared_ptr<const Prover> prover = {};  // the token is bound to its key; nullptr: to none
};

}  // namespace iff
