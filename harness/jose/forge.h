// Tokens that are wrong in exactly one way. Never calls the verifier: a bug shared by both would hide.
//
//   Forge forge(realm_key);
//   Secret bad = TRY(forge.Make("alg-none", valid));
//   Secret stale = TRY(forge.Reissue(valid, {{"exp", now - 120}}));
//
// An attack proves nothing unless its honest twin is taken: Reissue(valid, {}) is that twin.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/clock.h"
#include "harness/core/json.h"
#include "harness/core/secret.h"
#include "harness/jose/key.h"
#include "harness/jose/profile.h"

namespace iff {

struct Attack {
  std::string id = {};      // "alg-none"
  std::string row = {};     // row of the attack catalogue: "B01"
  std::string title = {};   // "An unsigned token (alg none) opens nothing"
  std::string clause = {};  // "RFC 8725 section 3.1"
  // "RSA", "EC" or "OKP": only a realm with such a key can be attacked this way. Empty: any.
  std::string key_type = {};
  // No RFC forbids accepting it; a strict policy does. A server may be configured to take it.
  bool by_policy = false;
  bool honest = false;        // another way to write what is right: it has to be taken
  std::string revision = {};  // of the protocol, where only its requests can be attacked this way; empty: any
  // Header fields sent with it, as name and value.
  std::vector<std::pair<std::string, std::string>> beside = {};
  // Parts of a token it makes wrong or builds on: issuers whose tokens have them not cannot be attacked this way.
  std::vector<TokenPart> needs = {};
};

class Forge {
 public:
  // `realm_key` signs as the real issuer does, whose tokens are written by `profile`. `clock` says what "expired"
  // means; it must outlive this.
  explicit Forge(SigningKey realm_key, const Clock& clock = SystemClock::Instance(), TokenProfile profile = {});

  // All of them; Applicable() are those an issuer with this key and profile can be attacked with.
  static const std::vector<Attack>& Attacks();
  std::vector<Attack> Applicable() const;

  // Why no token of this issuer can be wrong in that way: its key is of another type, or its profile lacks what the
  // attack needs. "": one can.
  std::string WhyNot(std::string_view attack) const;

  // A token that differs from `valid` in the one property the attack names.
  // kInvalidInput: WhyNot says why not, no such attack, `valid` is not a compact JWS of the realm's key (by kid and
  // alg), or it lacks what its profile says it has.
  Result<Secret> Make(std::string_view attack, const Secret& valid) const;

  // `valid` with claims changed (null removes one) and signed anew with the realm's key.
  Result<Secret> Reissue(const Secret& valid, const Json& claim_changes,
                         const Json& header_changes = Json::object()) const;

  // Signs any header and payload with the realm's key.
  Secret Sign(const Json& header, const Json& payload) const;

 private:
  SigningKey key_;
  const Clock* clock_;
  TokenProfile profile_;
};

}  // namespace iff
