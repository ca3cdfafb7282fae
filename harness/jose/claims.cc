#include "harness/jose/claims.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace iff {
namespace {

constexpr int64_t kYear9999 = 253'402'300'799;
constexpr size_t kLongestSubject = 255;  // OpenID Connect Core section 2
constexpr size_t kLongestTokenId = 256;
constexpr size_t kThumbprint = 43;  // characters of base64url for 32 bytes

bool HasControlCharacters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

// Absent: empty. Present and no text: refused.
Result<std::string_view, Refusal> OptionalText(JsonView payload, std::string_view name) {
  const std::optional<JsonView> found = payload.Find(name);
  if (!found) return std::string_view();
  const std::optional<std::string_view> text = found->Text();
  if (!text) return Refusal::kClaim;
  return *text;
}

Result<int64_t, Refusal> Date(JsonView value) {
  const std::optional<int64_t> seconds = value.Integer();
  if (!seconds || *seconds < 0 || *seconds > kYear9999) return Refusal::kClaim;
  return *seconds;
}

// RFC 7800 section 3.1: what names a key in another way is not understood here; what names none is passed over
// (Keycloak adds kc-jkt-type), but something has to bind the token.
Result<void, Refusal> ReadConfirmation(JsonView payload, const TokenPolicy& policy, Claims& claims) {
  const std::optional<JsonView> confirmation = payload.Find("cnf");
  if (!confirmation) return {};
  if (!confirmation->IsObject()) return Refusal::kConfirmation;
  for (const char* const name : {"jwk", "jwe", "jku", "kid"}) {
    if (confirmation->Contains(name)) return Refusal::kConfirmation;
  }
  for (const JsonView member : *confirmation) {
    if (member.name() != "jkt" && member.name() != "x5t#S256") continue;
    const bool key = member.name() == "jkt" && policy.key_bound;
    const bool certificate = member.name() == "x5t#S256" && policy.certificate_bound;
    const std::optional<std::string_view> thumbprint = member.Text();
    if ((!key && !certificate) || !thumbprint || thumbprint->size() != kThumbprint) return Refusal::kConfirmation;
    (key ? claims.key_thumbprint : claims.certificate_thumbprint) = *thumbprint;
  }
  if (claims.key_thumbprint.empty() && claims.certificate_thumbprint.empty()) return Refusal::kConfirmation;
  return {};
}

Result<void, Refusal> ReadIssuer(JsonView payload, const TokenPolicy& policy, Claims& claims) {
  if (!policy.require_issuer && !payload.Contains("iss")) return {};
  const std::optional<std::string_view> issuer = TextOf(payload, "iss");
  if (!issuer) return Refusal::kClaim;
  if (*issuer != policy.issuer) return Refusal::kIssuer;
  claims.issuer = *issuer;
  return {};
}

// `claims` know by now what the token is bound to.
Result<void, Refusal> CheckTokenUse(JsonView payload, const TokenPolicy& policy, const Claims& claims) {
  if (!policy.use_claim.empty() && TextOf(payload, policy.use_claim) != std::string_view(policy.use_value))
    return Refusal::kTokenUse;
  // Keycloak calls a token DPoP that is bound to a key.
  if (const std::optional<JsonView> type = payload.Find("typ"); type && type->Text() != "Bearer") {
    if (type->Text() != "DPoP" || claims.key_thumbprint.empty()) return Refusal::kTokenUse;
  }
  if (const std::optional<JsonView> use = payload.Find("token_use"); use && use->Text() != "access")
    return Refusal::kTokenUse;
  for (const char* const name : {"at_hash", "c_hash", "events", "token_introspection"}) {
    if (payload.Contains(name)) return Refusal::kTokenUse;
  }
  return {};
}

Result<void, Refusal> ReadTimes(JsonView payload, const TokenPolicy& policy, Claims& claims) {
  const std::optional<JsonView> expires = payload.Find("exp");
  const std::optional<JsonView> issued = payload.Find("iat");
  if (!expires || (!issued && policy.require_issued_at)) return Refusal::kClaim;
  claims.expires_at = TRY(Date(*expires));
  if (issued) claims.issued_at = TRY(Date(*issued));
  if (const std::optional<JsonView> not_before = payload.Find("nbf")) {
    claims.not_before = TRY(Date(*not_before));
  }
  return {};
}

Result<void, Refusal> ReadAudience(JsonView payload, const TokenPolicy& policy, Claims& claims) {
  const std::optional<JsonView> audience = payload.Find("aud");
  if (!audience) {
    // Whoever may come without an audience has to come through a client that is named.
    if (policy.require_audience || policy.clients.empty()) return Refusal::kClaim;
    return {};
  }
  if (const std::optional<std::string_view> only = audience->Text()) {
    claims.audience.emplace_back(*only);
  } else if (audience->IsArray()) {
    for (const JsonView item : *audience) {
      const std::optional<std::string_view> one = item.Text();
      if (!one) return Refusal::kClaim;
      claims.audience.emplace_back(*one);
    }
  } else {
    return Refusal::kClaim;
  }
  bool ours = false;
  for (const std::string& one : claims.audience) {
    if (one == policy.audience) {
      ours = true;
    } else if (policy.sole_audience && !policy.companions.contains(one)) {
      return Refusal::kAudience;
    }
  }
  if (!ours) return Refusal::kAudience;
  return {};
}

Result<void, Refusal> ReadClient(JsonView payload, const TokenPolicy& policy, Claims& claims) {
  const std::string_view authorized = TRY(OptionalText(payload, "azp"));
  const std::string_view client_id = TRY(OptionalText(payload, "client_id"));
  if (!authorized.empty() && !client_id.empty() && authorized != client_id) return Refusal::kClient;
  claims.client = authorized.empty() ? client_id : authorized;
  if (!policy.clients.empty() && !policy.clients.contains(claims.client)) return Refusal::kClient;
  return {};
}

// RFC 6749 section 3.3: printable ASCII but for the quote and the backslash, parted by blanks.
Result<void, Refusal> ReadScopes(JsonView payload, Claims& claims) {
  std::string_view rest = TRY(OptionalText(payload, "scope"));
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view scope = rest.substr(0, end);
    for (const char c : scope) {
      if (c < 0x21 || c > 0x7e || c == '"' || c == '\\') return Refusal::kClaim;
    }
    if (!scope.empty()) claims.scopes.emplace(scope);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

Result<void, Refusal> ReadSubject(JsonView payload, Claims& claims) {
  const std::optional<std::string_view> subject = TextOf(payload, "sub");
  if (!subject || subject->empty() || subject->size() > kLongestSubject || HasControlCharacters(*subject)) {
    return Refusal::kClaim;
  }
  claims.subject = *subject;
  claims.token_id = TRY(OptionalText(payload, "jti"));
  if (claims.token_id.size() > kLongestTokenId || HasControlCharacters(claims.token_id)) return Refusal::kClaim;
  if (const std::optional<std::string_view> username = TextOf(payload, "preferred_username"))
    claims.username = *username;
  return {};
}

}  // namespace

Result<Json> ParseObject(std::string_view text) {
  Json parsed = TRY(ParseJson(text));
  if (!parsed.is_object()) return Error(ErrorKind::kInvalidInput, "parse json: not an object");
  return parsed;
}

Result<void, Refusal> CheckTimes(const Claims& claims, const TokenPolicy& policy, int64_t now_seconds) {
  if (now_seconds >= claims.expires_at + policy.leeway) return Refusal::kExpired;
  const int64_t latest = now_seconds + policy.leeway;
  if (claims.not_before > latest || claims.issued_at > latest) return Refusal::kNotYetValid;
  return {};
}

Result<Claims, Refusal> CheckClaims(std::string_view payload_text, const TokenPolicy& policy, int64_t now_seconds) {
  const Result<JsonDocument> read = JsonDocument::Read(payload_text);
  if (!read.ok() || !read->root().IsObject()) return Refusal::kMalformed;
  const JsonView payload = read->root();
  Claims claims;

  TRY(ReadIssuer(payload, policy, claims));
  TRY(ReadConfirmation(payload, policy, claims));
  TRY(CheckTokenUse(payload, policy, claims));
  TRY(ReadTimes(payload, policy, claims));
  TRY(CheckTimes(claims, policy, now_seconds));
  // A token that hides its age has at most the rest of its life before it.
  const int64_t begun = policy.require_issued_at || claims.issued_at > 0 ? claims.issued_at : now_seconds;
  if (claims.expires_at - begun > policy.max_lifetime) return Refusal::kLifetime;
  TRY(ReadAudience(payload, policy, claims));
  TRY(ReadClient(payload, policy, claims));
  TRY(ReadSubject(payload, claims));
  TRY(ReadScopes(payload, claims));
  return claims;
}

}  // namespace iff
