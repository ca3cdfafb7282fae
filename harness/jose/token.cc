#include "harness/jose/token.h"

#include <algorithm>
#include <array>
#include <optional>

#include "harness/jose/claims.h"
#include "harness/jose/compact.h"
#include "harness/jose/jws.h"

namespace iff {
namespace {

bool SameWithoutCase(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

struct Header {
  Algorithm algorithm = Algorithm::kRs256;
  std::string key_id = {};
  bool has_type = false;                 // typ, whatever it is
  std::optional<std::string> type = {};  // nothing: no typ, or no text
  bool has_content_type = false;         // cty
};

Result<Header, Refusal> ReadHeader(std::string_view text, const TokenPolicy& policy) {
  const Result<JsonDocument> document = JsonDocument::Read(text);
  if (!document.ok() || !document->root().IsObject()) return Refusal::kMalformed;
  const JsonView header = document->root();
  Header read;

  const std::optional<std::string_view> algorithm = TextOf(header, "alg");
  if (!algorithm) return Refusal::kAlgorithm;
  const Result<Algorithm> known = ParseAlgorithm(*algorithm);
  if (!known.ok() || !policy.algorithms.contains(known.value())) return Refusal::kAlgorithm;
  read.algorithm = known.value();

  // We understand no extension; RFC 7797 wants b64 named in crit, so alone it is a trap.
  if (header.Contains("crit") || header.Contains("b64")) return Refusal::kCritical;

  if (header.Contains("kid")) {
    const std::optional<std::string_view> key_id = TextOf(header, "kid");
    if (!key_id || !IsPlainKeyId(*key_id)) return Refusal::kMalformed;
    read.key_id = *key_id;
  } else if (policy.require_key_id) {
    return Refusal::kMalformed;
  }
  read.type = TextOf(header, "typ");
  read.has_type = read.type || header.Contains("typ");
  read.has_content_type = header.Contains("cty");
  return read;
}

Result<void, Refusal> CheckType(const Header& header, const TokenPolicy& policy) {
  if (header.has_content_type) return Refusal::kType;
  if (!header.has_type && !policy.require_type) return {};
  if (!header.type) return Refusal::kType;
  if (std::none_of(policy.types.begin(), policy.types.end(),
                   [&](const std::string& allowed) { return SameWithoutCase(allowed, *header.type); })) {
    return Refusal::kType;
  }
  return {};
}

// A JWS taken apart, of which nothing is verified yet.
struct OpenedJws {
  CompactJws segments = {};
  Header header = {};
};

Result<OpenedJws, Refusal> Open(std::string_view text, const TokenPolicy& policy) {
  if (text.size() > policy.max_size) return Refusal::kTooLarge;
  std::optional<CompactJws> segments = SplitCompact(text);
  if (!segments) return Refusal::kMalformed;
  OpenedJws opened;
  opened.header = TRY(ReadHeader(segments->header, policy));
  opened.segments = *std::move(segments);
  return opened;
}

Result<void, Refusal> CheckSignature(const OpenedJws& jws, const KeySet& keys) {
  const Header& header = jws.header;
  const PublicKey* const key = keys.Find(header.key_id, header.algorithm);
  if (key == nullptr) {
    // A key of that name which must not be used this way will not become usable by fetching the set again.
    const bool named = !header.key_id.empty() && keys.Contains(header.key_id);
    return named ? Refusal::kAlgorithm : Refusal::kUnknownKey;
  }
  if (!key->Verify(header.algorithm, jws.segments.signed_text, jws.segments.signature)) return Refusal::kSignature;
  return {};
}

constexpr std::array<std::string_view, 17> kRefusalNames = {
    "malformed", "too_large",     "algorithm", "type",  "critical", "unknown_key", "signature",    "issuer", "audience",
    "expired",   "not_yet_valid", "lifetime",  "claim", "client",   "token_use",   "confirmation", "revoked"};

}  // namespace

std::string_view Name(Refusal refusal) { return kRefusalNames[static_cast<size_t>(refusal)]; }

Result<Claims, Refusal> VerifyToken(std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                    int64_t now_seconds) {
  const OpenedJws jws = TRY(Open(token, policy));
  TRY(CheckType(jws.header, policy));
  TRY(CheckSignature(jws, keys));
  return CheckClaims(jws.segments.payload, policy, now_seconds);
}

Result<std::string, Refusal> VerifyJws(std::string_view text, const KeySet& keys, const TokenPolicy& policy) {
  OpenedJws jws = TRY(Open(text, policy));
  TRY(CheckSignature(jws, keys));
  return std::move(jws.segments.payload);
}

Result<UnverifiedToken> DecodeUnverified(std::string_view token) {
  const std::optional<CompactJws> segments = SplitCompact(token);
  if (!segments) return Error(ErrorKind::kInvalidInput, "decode token: not three base64url segments");
  UnverifiedToken decoded;
  decoded.header = TRY(ParseObject(segments->header).While("decode token: header"));
  decoded.payload = TRY(ParseObject(segments->payload).While("decode token: payload"));
  return decoded;
}

std::set<std::string> AudiencesIn(const Json& claims) {
  const Json named = AtOr<Json>(claims, "/aud", Json());
  std::set<std::string> all;
  if (named.is_string()) all.insert(named.get<std::string>());
  if (named.is_array()) {
    for (const Json& each : named) all.insert(Unquoted(each));
  }
  return all;
}

}  // namespace iff
