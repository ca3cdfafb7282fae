#include "harness/jose/profile.h"

#include <algorithm>
#include <array>

#include "harness/core/yaml.h"
#include "harness/jose/token.h"

namespace iff {
namespace {

constexpr std::array<std::string_view, 7> kPartNames = {"header typ",
                                                        "iss",
                                                        "aud",
                                                        "iat",
                                                        "claim that names the client",
                                                        "tokens of other kinds",
                                                        "claim typ that says their kind"};

TokenProfile Rfc9068() {
  return {.name = "rfc9068",
          .parts = {TokenPart::kType, TokenPart::kIssuer, TokenPart::kAudience, TokenPart::kIssuedAt,
                    TokenPart::kClient, TokenPart::kKinds},
          .types = {"at+jwt", "application/at+jwt"},
          .client = "client_id"};
}

TokenProfile Cognito() {
  return {.name = "cognito",
          .parts = {TokenPart::kIssuer, TokenPart::kIssuedAt, TokenPart::kClient, TokenPart::kKinds},
          .client = "client_id",
          .use_claim = "token_use",
          .use_value = "access"};
}

TokenProfile JwtSvid() {
  return {.name = "jwt-svid", .parts = {TokenPart::kAudience}, .types = {"JWT", "JOSE"}, .client = {}};
}

TokenProfile Legacy() {
  return {.name = "legacy",
          .parts = {TokenPart::kType, TokenPart::kAudience, TokenPart::kIssuedAt},
          .types = {"JWT"},
          .client = {}};
}

}  // namespace

std::string_view Name(TokenPart part) { return kPartNames[static_cast<size_t>(part)]; }

const std::vector<TokenProfile>& TokenProfile::All() {
  static const std::vector<TokenProfile> all = {Rfc9068(), TokenProfile(), Cognito(), JwtSvid(), Legacy()};
  return all;
}

Result<TokenProfile> TokenProfile::Named(std::string_view name) {
  std::vector<std::string> known;
  for (const TokenProfile& profile : All()) {
    if (profile.name == name) return profile;
    known.push_back(profile.name);
  }
  return Error(ErrorKind::kInvalidInput,
               "no token profile is called '" + std::string(name) + "'" + DidYouMean(std::string(name), known));
}

Result<void> Require(const TokenProfile& profile, TokenPolicy& policy) {
  if (!profile.Has(TokenPart::kAudience) && policy.clients.empty()) {
    return Error(ErrorKind::kInvalidInput, "access tokens of profile " + profile.name +
                                               " carry no aud: name the clients whose tokens are taken, or any token "
                                               "of the issuer is");
  }
  policy.types = profile.types;
  policy.require_type = profile.Has(TokenPart::kType);
  policy.require_issuer = profile.Has(TokenPart::kIssuer);
  policy.require_audience = profile.Has(TokenPart::kAudience);
  policy.require_issued_at = profile.Has(TokenPart::kIssuedAt);
  policy.use_claim = profile.use_claim;
  policy.use_value = profile.use_value;
  return {};
}

std::string TokenProfile::WhyNot(const std::vector<TokenPart>& needs) const {
  for (const TokenPart part : needs) {
    if (Has(part)) continue;
    const std::string subject = "access tokens of profile " + name;
    if (part == TokenPart::kKinds) return "an issuer of " + subject + " signs no " + std::string(Name(part));
    return subject + " carry no " + std::string(Name(part));
  }
  return "";
}

}  // namespace iff
