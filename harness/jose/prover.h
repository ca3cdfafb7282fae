// Makes proofs of possession (RFC 9449), honest ones and such as are wrong in exactly one way. Never calls the
// verifier: a bug shared by both would hide.
//
//   Prover alice;
//   Secret proof = alice.Prove({.method = "POST", .target = url, .token = token, .now = now});
//   Secret wrong = TRY(alice.Make("proof-other-target", {...}));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/secret.h"
#include "harness/jose/forge.h"
#include "harness/jose/key.h"

namespace iff {

// What a proof is made for.
struct ProofOf {
  std::string method = "POST";
  std::string target = {};  // the URL a request goes to
  std::string token = {};   // the access token beside it; "": none yet, as at the token endpoint
  int64_t now = 0;          // NumericDate
};

class Prover {
 public:
  explicit Prover(Algorithm algorithm = Algorithm::kEs256) : key_(SigningKey::Generate(algorithm)) {}

  // RFC 7638, as cnf.jkt of a token that is bound to this key.
  std::string Thumbprint() const { return key_.Public().Thumbprint(); }
  // With a jti nobody has seen.
  Secret Prove(const ProofOf& what) const;

  // "proof-other-host" and the like; key_type and by_policy are not for them.
  static const std::vector<Attack>& Attacks();
  static const Attack* FindAttack(std::string_view id);  // nullptr: none is called so
  // kInvalidInput: no such attack.
  Result<Secret> Make(std::string_view attack, const ProofOf& what) const;

 private:
  SigningKey key_;
};

}  // namespace iff
