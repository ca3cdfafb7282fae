// Keys that sign well and that nobody may be made to believe, although the issuer publishes them. Never calls the
// verifier.
//
//   for (const WrongKey& key : WrongKeys()) { publish(key.jwk); ask(key.Sign(valid)); }
//
// They prove nothing unless a right key that was published beside them is believed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/secret.h"
#include "harness/jose/key.h"

namespace iff {

struct WrongKey {
  std::string id = {};   // "short-key", also its kid
  std::string row = {};  // row of the attack catalogue: "B17"
  std::string title = {};
  std::string clause = {};  // "RFC 7518 section 3.3"
  Algorithm algorithm = Algorithm::kRs256;
  Json jwk = {};  // as it is published
  std::function<std::string(std::string_view text)> signs = {};

  // `valid` as this key signs it. kInvalidInput: `valid` is no compact JWS.
  Result<Secret> Sign(const Secret& valid) const;
};

// One of each, made anew. The modulus of none is even: no signature could be made with such a key.
std::vector<WrongKey> WrongKeys();

// `valid` as `key` signs it, with its id and algorithm. kInvalidInput: `valid` is no compact JWS.
Result<Secret> SignedBy(const SigningKey& key, const Secret& valid);

}  // namespace iff
