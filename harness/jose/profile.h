// How the access tokens of one kind of issuer are written: which header members and claims every one of them carries.
// An issuer's driver names its profile. It decides three things that have to agree:
//   - what a verifier has to require (Require),
//   - what a forge can take away or make wrong (WhyNot),
//   - what a stand-in of such an issuer writes.
//
//   const TokenProfile profile = TRY(TokenProfile::Named("cognito"));
//   Require(profile, policy);
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace iff {

struct TokenPolicy;

// A part of an access token that an issuer may leave out. Every profile has sub and exp.
enum class TokenPart {
  kType,       // header typ
  kIssuer,     // iss
  kAudience,   // aud
  kIssuedAt,   // iat
  kClient,     // azp or client_id
  kKinds,      // the issuer signs tokens of other kinds with the same keys: ID, refresh, logout tokens
  kKindInTyp,  // the claim typ says which kind a token is of (Keycloak: Bearer, ID, Refresh)
};
std::string_view Name(TokenPart part);  // as a sentence names it: "aud", "header typ"

struct TokenProfile {
  std::string name = "strict";
  std::set<TokenPart> parts = {TokenPart::kType,   TokenPart::kIssuer, TokenPart::kAudience, TokenPart::kIssuedAt,
                               TokenPart::kClient, TokenPart::kKinds,  TokenPart::kKindInTyp};
  // Header typ of an access token. Without kType: what it may say where it is there after all.
  std::set<std::string> types = {"JWT", "at+jwt", "application/at+jwt"};
  std::string client = "azp";  // the claim that names the client; REQUIRES: kClient
  // A claim that every access token carries with this value; empty: there is none.
  std::string use_claim = {};
  std::string use_value = {};

  bool Has(TokenPart part) const { return parts.contains(part); }
  // Why such a token cannot be wrong in what needs these parts; "": it can.
  std::string WhyNot(const std::vector<TokenPart>& needs) const;

  // rfc9068:  typ at+jwt, aud, client_id (RFC 9068 section 2)
  // strict:   typ JWT, aud, azp, claim typ Bearer (as Keycloak 26 writes them). The default: every part there is
  // cognito:  no typ, no aud; client_id, token_use access (Amazon Cognito, "Using the access token")
  // jwt-svid: aud; typ, iss and iat are optional, there is no client (SPIFFE JWT-SVID, sections 2 and 3)
  // legacy:   typ JWT, aud; no iss and no client
  static const std::vector<TokenProfile>& All();
  // kInvalidInput names the nearest one.
  static Result<TokenProfile> Named(std::string_view name);
};

// What a verifier of such tokens requires and takes, over what `policy` says of issuer, audience and clients. Without
// kAudience the client decides whom a token is for: kInvalidInput where the policy names none.
Result<void> Require(const TokenProfile& profile, TokenPolicy& policy);

}  // namespace iff
