// Who exists, and what they hold. Values only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/secret.h"
#include "harness/jose/prover.h"

namespace iff {

// What one subject holds at one upstream. The canary is text planted in the subject's own things there:
// wherever it turns up, the subject's data has been.
struct Holding {
  std::string upstream = {};  // "jira"
  std::string account = {};   // login name there, unique in the run
  Secret password = {};
  Secret token = {};  // API token there, unique in the run
  std::string canary = {};
};

// Someone or something that acts. Made new for each scenario; `role` is what the scenario calls it.
struct Subject {
  std::string role = {};  // "alice"
  std::string tag = {};   // unique in the run, a letter and four letters or digits: "K3V9X"
  std::string name = {};  // account name, unique in the run: "alice-k3v9x"
  std::string id = {};    // the issuer's sub: a UUID chosen by us
  std::string email = {};
  std::vector<std::string> groups = {};
  Secret password = {};
  std::map<std::string, Holding> holdings = {};  // by upstream; a missing one is a missing credential
  std::map<std::string, Json> things = {};       // what the target called what it keeps for them: "item" -> its id

  bool Holds(std::string_view upstream) const { return holdings.contains(std::string(upstream)); }
};

// What a subject presents.
struct Credential {
  std::string alias = {};    // "alice.jira.token#1": how reports name it
  std::string subject = {};  // role of the owner
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
  const Subject* subject = nullptr;  // REQUIRES: set, outlives the call
  std::string client = {};           // the client it logs in through; empty: the issuer's usual one
  std::vector<std::string> scopes = {};
  std::shared_ptr<const Prover> prover = {};  // the token is bound to its key; nullptr: to none
};

}  // namespace iff
