// Verifying compact JWS access tokens (RFC 7515, 7519, 9068): the claims, or which one of a closed
// list of reasons refuses them. Strict by default: everything the policy does not allow is refused.
//
//   const Result<Claims, Refusal> seen = VerifyToken(text, keys, policy, clock.NowSeconds());
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/jose/key.h"

namespace iff {

enum class Refusal {
  kMalformed,  // not three base64url segments of strict JSON objects (RFC 7515 section 7.1)
  kTooLarge,
  kAlgorithm,   // not on the allow-list, or not the key's (RFC 8725 section 3.1)
  kType,        // header typ not an access token's (RFC 9068 section 2.1)
  kCritical,    // crit present and not understood (RFC 7515 section 4.1.11)
  kUnknownKey,  // no key of that id in the set: the caller may fetch the set once more
  kSignature,
  kIssuer,
  kAudience,
  kExpired,
  kNotYetValid,   // nbf or iat in the future beyond leeway
  kLifetime,      // longer than the policy allows
  kClaim,         // a claim is missing or has the wrong type
  kClient,        // azp / client_id not allowed
  kTokenUse,      // an ID, refresh or logout token (payload typ, RFC 8725 section 3.12)
  kConfirmation,  // cnf binds it to what nobody here asks for, or is none (RFC 7800 section 3.1)
  kRevoked,
};
std::string_view Name(Refusal refusal);  // "expired"

struct Claims {
  std::string issuer = {};
  std::string subject = {};
  std::vector<std::string> audience = {};
  std::string client = {};  // azp, else client_id
  std::set<std::string> scopes = {};
  std::string token_id = {};  // jti, may be empty
  std::string username = {};  // preferred_username: for people to read, decides nothing
  int64_t expires_at = 0;     // NumericDate, seconds
  int64_t issued_at = 0;
  int64_t not_before = 0;  // nbf, 0 when absent
  // What the sender has to prove beside the token: the RFC 7638 thumbprint of a key (cnf.jkt, RFC 9449 section 6.1),
  // the SHA-256 of a certificate (cnf.x5t#S256, RFC 8705 section 3.1); both base64url, "" when it is not bound to one.
  std::string key_thumbprint = {};
  std::string certificate_thumbprint = {};
};

struct TokenPolicy {
  std::string issuer = {};    // compared as plain strings
  std::string audience = {};  // must be in aud
  // Refuse a token whose aud names another resource beside ours. `companions` are tolerated
  // beside it, and none of them alone is ours (Keycloak adds "account"). Default: refuse (RFC 9700 section 2.3).
  bool sole_audience = true;
  std::set<std::string> companions = {};
  std::set<Algorithm> algorithms = {Algorithm::kRs256};
  std::set<std::string> types = {"JWT", "at+jwt", "application/at+jwt"};  // header typ, without case
  // What a token may leave out, by its issuer's profile (profile.h: Require). What is there has to be right all the
  // same.
  bool require_type = true;
  bool require_issuer = true;
  bool require_audience = true;  // without it `clients` decides whom a token is for
  bool require_issued_at = true;
  // A claim that has to be there with this value ("token_use", "access"); empty: none.
  std::string use_claim = {};
  std::string use_value = {};
  // Refuse a token that does not say which key signed it. Default: yes, a set holds several keys while
  // they rotate. If no: the only key that fits.
  bool require_key_id = true;
  // Clients whose tokens are taken; empty: any.
  std::set<std::string> clients = {};
  // Take tokens that are bound to a key, to a certificate. Who says yes has to ask for the proof: here nothing but the
  // token is looked at. Default: no, a bound token is refused (RFC 7800 section 3.1).
  bool key_bound = false;
  bool certificate_bound = false;
  // Leeway for exp, nbf, iat in seconds: taken while now < exp + leeway, from nbf <= now + leeway and
  // iat <= now + leeway on. Default: 0, the issuer's clock is ours in one machine room.
  int64_t leeway = 0;
  // Longest exp - iat in seconds. Default: a day.
  int64_t max_lifetime = 86'400;
  size_t max_size = 8192;  // bytes of the whole token
};

// Pure: no clock, no network. The order of checks is: shape, header, key, signature, then claims, so
// nothing of an unverified payload decides anything. Stricter than the RFCs where they leave room:
//   - sub, exp and, but for a policy that says otherwise, iat are required (RFC 9068 section 2.2); dates are whole
//   numbers written as such, from 0 to
//     the year 9999: 1.8e9 is refused
//   - kid is 1 to 256 bytes without control characters; jwk, jku, x5u and x5c are never a source of keys
//   - any crit, and b64 without it, is not understood; any cty is refused: we do not nest
//   - a payload typ other than "Bearer" (or "DPoP" of a token that is bound to a key), a token_use other than "access",
//   and the claims at_hash, c_hash,
//     events and token_introspection mark another kind of token
//   - azp and client_id must agree when both are there
Result<Claims, Refusal> VerifyToken(std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                    int64_t now_seconds);

// The second half alone, for a token whose signature was verified before: what a verdict cache asks on
// every hit.
Result<void, Refusal> CheckTimes(const Claims& claims, const TokenPolicy& policy, int64_t now_seconds);

// Header and payload without any verification, for reports. Never for a decision.
struct UnverifiedToken {
  Json header = {};
  Json payload = {};
};
Result<UnverifiedToken> DecodeUnverified(std::string_view token);

// What `aud` of such claims names, be it one or a list; what is no text there as JSON. Empty: nothing.
std::set<std::string> AudiencesIn(const Json& claims);

}  // namespace iff
