#include "harness/jose/claims.h"

#include <algorithm>

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
Result<std::string, Refusal> OptionalText(const Json& payload, const char* name) {
  const auto found = payload.find(name);
  if (found == payload.end()) return std::string();
  if (!found->is_string()) return Refusal::kClaim;
  return found->get_ref<const std::string&>();
}

Result<int64_t, Refusal> Date(const Json& value) {
  if (!value.is_number_integer()) return Refusal::kClaim;
  if (value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{kYear9999}) return Refusal::kClaim;
  const int64_t seconds = value.get<int64_t>();
  if (seconds < 0) return Refusal::kClaim;
  return seconds;
}

// RFC 7800 section 3.1: what names a key in another way is not understood here; what names none is passed over (Keycloak adds
// kc-jkt-type), but something has to bind the token.
Result<void, Refusal> ReadConfirmation(const Json& payload, const TokenPolicy& policy, Claims& claims) {
  const auto confirmation = payload.find("cnf");
  if (confirmation == payload.end()) return {};
  if (!confirmation->is_object()) return Refusal::kConfirmation;
  for (const char* const name : {"jwk", "jwe", "jku", "kid"}) {
    if (confirmation->contains(name)) return Refusal::kConfirmation;
  }
  for (const auto& [name, value] : confirmation->items()) {
    if (name != "jkt" && name != "x5t#S256") continue;
    const bool key = name == "jkt" && policy.key_bound;
    const bool certificate = name == "x5t#S256" && policy.certificate_bound;
    const std::string* const thumbprint = value.get_ptr<const std::string*>();
    if ((!key && !certificate) || thumbprint == nullptr || thumbprint->size() != kThumbprint) return Refusal::kConfirmation;
    (key ? claims.key_thumbprint : claims.certificate_thumbprint) = *thumbprint;
  }
  if (claims.key_thumbprint.empty() && claims.certificate_thumbprint.empty()) return Refusal::kConfirmation;
  return {};
}

// `claims` know by now what the token is bound to.
Result<void, Refusal> CheckTokenUse(const Json& payload, const Claims& claims) {
  // Keycloak calls a token DPoP that is bound to a key.
  const auto type = payload.find("typ");
  if (type != payload.end() && *type != "Bearer" && (*type != "DPoP" || claims.key_thumbprint.empty())) return Refusal::kTokenUse;
  if (const auto use = payload.find("token_use"); use != payload.end() && *use != "access") return Refusal::kTokenUse;
  for (const char* const name : {"at_hash", "c_hash", "events", "token_introspection"}) {
    if (payload.contains(name)) return Refusal::kTokenUse;
  }
  return {};
}

Result<void, Refusal> ReadTimes(const Json& payload, Claims& claims) {
  const auto expires = payload.find("exp");
  const auto issued = payload.find("iat");
  if (expires == payload.end() || issued == payload.end()) return Refusal::kClaim;
  claims.expires_at = TRY(Date(*expires));
  claims.issued_at = TRY(Date(*issued));
  if (const auto not_before = payload.find("nbf"); not_before != payload.end()) {
    claims.not_before = TRY(Date(*not_before));
  }
  return {};
}

Result<void, Refusal> ReadAudience(const Json& payload, const TokenPolicy& policy, Claims& claims) {
  const auto audience = payload.find("aud");
  if (audience == payload.end()) return Refusal::kClaim;
  if (audience->is_string()) {
    claims.audience.push_back(audience->get_ref<const std::string&>());
  } else if (audience->is_array()) {
    for (const Json& one : *audience) {
      if (!one.is_string()) return Refusal::kClaim;
      claims.audience.push_back(one.get_ref<const std::string&>());
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

Result<void, Refusal> ReadClient(const Json& payload, const TokenPolicy& policy, Claims& claims) {
  const std::string authorized = TRY(OptionalText(payload, "azp"));
  const std::string client_id = TRY(OptionalText(payload, "client_id"));
  if (!authorized.empty() && !client_id.empty() && authorized != client_id) return Refusal::kClient;
  claims.client = authorized.empty() ? client_id : authorized;
  if (!policy.clients.empty() && !policy.clients.contains(claims.client)) return Refusal::kClient;
  return {};
}

// RFC 6749 section 3.3: printable ASCII but for the quote and the backslash, parted by blanks.
Result<void, Refusal> ReadScopes(const Json& payload, Claims& claims) {
  const std::string text = TRY(OptionalText(payload, "scope"));
  std::string_view rest = text;
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

Result<void, Refusal> ReadSubject(const Json& payload, Claims& claims) {
  const std::string* const subject = TextMember(payload, "sub");
  if (subject == nullptr || subject->empty() || subject->size() > kLongestSubject || HasControlCharacters(*subject)) {
    return Refusal::kClaim;
  }
  claims.subject = *subject;
  claims.token_id = TRY(OptionalText(payload, "jti"));
  if (claims.token_id.size() > kLongestTokenId || HasControlCharacters(claims.token_id)) return Refusal::kClaim;
  if (const std::string* const username = TextMember(payload, "preferred_username")) claims.username = *username;
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
  Result<Json> parsed = ParseObject(payload_text);
  if (!parsed.ok()) return Refusal::kMalformed;
  const Json& payload = parsed.value();
  Claims claims;

  const std::string* const issuer = TextMember(payload, "iss");
  if (issuer == nullptr) return Refusal::kClaim;
  if (*issuer != policy.issuer) return Refusal::kIssuer;
  claims.issuer = *issuer;

  TRY(ReadConfirmation(payload, policy, claims));
  TRY(CheckTokenUse(payload, claims));
  TRY(ReadTimes(payload, claims));
  TRY(CheckTimes(claims, policy, now_seconds));
  if (claims.expires_at - claims.issued_at > policy.max_lifetime) return Refusal::kLifetime;
  TRY(ReadAudience(payload, policy, claims));
  TRY(ReadClient(payload, policy, claims));
  TRY(ReadSubject(payload, claims));
  TRY(ReadScopes(payload, claims));
  claims.all = std::move(parsed).value();
  return claims;
}

}  // namespace iff
