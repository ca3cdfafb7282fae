// A realm of one key and one user, for the tests of harness/jose.
#pragma once

#include <gmock/gmock.h>

#include <map>

#include "harness/core/clock.h"
#include "harness/jose/forge.h"
#include "harness/jose/token.h"

namespace iff {

struct RealmFixture {
  // Default: ES256, whose keys are made in no time.
  explicit RealmFixture(Algorithm algorithm = Algorithm::kEs256)
      : key(KeyOf(algorithm)),
        forge(key, clock),
        keys({key.Public(), SigningKey::Generate(Algorithm::kEs384, "next-key").Public()}) {
    policy.issuer = "https://issuer.example/realms/iff";
    policy.audience = "https://jira.example/mcp";
    policy.companions = {"account"};
    policy.algorithms = {algorithm};
    policy.clients = {"agent"};
    header = {{"alg", Name(algorithm)}, {"typ", "JWT"}, {"kid", "realm-key"}};
    payload = {{"iss", policy.issuer},
               {"sub", "4b1c7e0a-alice"},
               {"aud", Json::array({policy.audience, "account"})},
               {"azp", "agent"},
               {"scope", "openid jira:read jira:write"},
               {"typ", "Bearer"},
               {"jti", "onrtac:7d1f"},
               {"preferred_username", "alice"},
               {"iat", now()},
               {"exp", now() + 300}};
    valid = forge.Sign(header, payload);
  }

  int64_t now() const { return clock.NowSeconds(); }
  Result<Claims, Refusal> Verify(const Secret& token) const { return VerifyToken(token.Reveal(), keys, policy, now()); }
  // The valid token with other claims.
  Result<Claims, Refusal> VerifyWith(const Json& claims, const Json& headers = Json::object()) const {
    return Verify(forge.Reissue(valid, claims, headers).value());
  }

  // One of each for the life of the process: an RSA key takes a while.
  static SigningKey KeyOf(Algorithm algorithm) {
    static std::map<Algorithm, SigningKey> keys_by_algorithm;
    const auto found = keys_by_algorithm.find(algorithm);
    if (found != keys_by_algorithm.end()) return found->second;
    return keys_by_algorithm.emplace(algorithm, SigningKey::Generate(algorithm, "realm-key")).first->second;
  }

  ManualClock clock;
  SigningKey key;
  Forge forge;
  KeySet keys;
  TokenPolicy policy = {};
  Json header = {};
  Json payload = {};
  Secret valid = {};
};

MATCHER_P(RefusedBecause, refusal, "is refused because: " + std::string(Name(refusal))) {
  if (arg.ok()) {
    *result_listener << "is accepted";
    return false;
  }
  *result_listener << "refused because: " << Name(arg.error());
  return arg.error() == refusal;
}

MATCHER(IsAccepted, "is accepted") {
  if (arg.ok()) return true;
  *result_listener << "refused because: " << Name(arg.error());
  return false;
}

}  // namespace iff
