// Tokens that are wrong in exactly one way. Never calls the verifier: a bug shared by both would hide.
//
//   Forge forge(realm_key);
//   Secret bad = TRY(forge.Make("alg-none", valid));
//   Secret stale = TRY(forge.Reissue(valid, {{"exp", now - 120}}));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/secret.h"
#include "harness/jose/key.h"

namespace iff {

struct Attack {
  std::string id = {};      // "alg-none"
  std::string row = {};     // row of the attack catalogue: "B01"
  std::string title = {};   // "An unsigned token (alg none) opens nothing"
  std::string clause = {};  // "RFC 8725 section 3.1"
};

class Forge {
 public:
  // `realm_key` signs as the real issuer does.
  explicit Forge(SigningKey realm_key);

  static const std::vector<Attack>& Attacks();

  // A token that differs from `valid` in the one property the attack names.
  // kInvalidInput: no such attack, or `valid` is not a compact JWS.
  Result<Secret> Make(std::string_view attack, const Secret& valid) const;

  // `valid` with claims changed (null removes one) and signed anew with the realm's key.
  Result<Secret> Reissue(const Secret& valid, const Json& claim_changes, const Json& header_changes = Json::object()) const;

  // Signs any header and payload with the realm's key.
  Secret Sign(const Json& header, const Json& payload) const;

 private:
  SigningKey key_;
};

}  // namespace iff
