#include "servers/mutants/judging.h"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/jose/claims.h"

namespace iff {
namespace {

// Refusals of which nothing was decided by the payload's content.
bool BeforeClaims(Refusal refusal) {
  constexpr std::array kBefore = {Refusal::kMalformed, Refusal::kTooLarge,   Refusal::kAlgorithm, Refusal::kType,
                                  Refusal::kCritical,  Refusal::kUnknownKey, Refusal::kSignature};
  return std::find(kBefore.begin(), kBefore.end(), refusal) != kBefore.end();
}

}  // namespace

std::string TokenParts::HeaderText(const char* name) const {
  return AtOr<std::string>(header, "/" + std::string(name), "");
}

Result<TokenParts, Refusal> TakeApart(std::string_view token) {
  const size_t first = token.find('.');
  const size_t last = token.rfind('.');
  if (first == std::string_view::npos || first == last || token.find('.', first + 1) != last)
    return Refusal::kMalformed;
  Result<std::string> header = DecodeBase64Url(token.substr(0, first));
  Result<std::string> payload = DecodeBase64Url(token.substr(first + 1, last - first - 1));
  Result<std::string> signature = DecodeBase64Url(token.substr(last + 1));
  if (!header.ok() || !payload.ok() || !signature.ok()) return Refusal::kMalformed;
  TokenParts parts;
  parts.signed_text = token.substr(0, last);
  parts.header_text = std::move(header).value();
  parts.payload_text = std::move(payload).value();
  parts.signature = std::move(signature).value();
  Result<Json> parsed = ParseJson(parts.header_text);
  if (parsed.ok()) parts.header = std::move(parsed).value();
  return parts;
}

bool SignedByIssuer(const TokenParts& parts, const KeySet& keys) {
  const Result<Algorithm> algorithm = ParseAlgorithm(parts.HeaderText("alg"));
  if (!algorithm.ok()) return false;
  const PublicKey* const key = keys.Find(parts.HeaderText("kid"), algorithm.value());
  return key != nullptr && key->Verify(algorithm.value(), parts.signed_text, parts.signature);
}

VerifyFunction VerifyMended(Mend mend) {
  return [mend = std::move(mend)](std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                  int64_t now) -> Result<Claims, Refusal> {
    Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
    if (seen.ok() || BeforeClaims(seen.error())) return seen;
    const Result<TokenParts, Refusal> parts = TakeApart(token);
    Result<Json> payload = ParseObject(parts.value().payload_text);
    if (!payload.ok()) return seen;
    mend(payload.value(), policy, now);
    return CheckClaims(Dump(payload.value()), policy, now);
  };
}

VerifyFunction VerifyDespite(Refusal rule, Excuse excuse) {
  return [rule, excuse = std::move(excuse)](std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                            int64_t now) -> Result<Claims, Refusal> {
    Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
    if (seen.ok() || seen.error() != rule) return seen;
    const Result<TokenParts, Refusal> parts = TakeApart(token);
    if (!parts.ok() || !excuse(parts.value(), keys)) return seen;
    return CheckClaims(parts.value().payload_text, policy, now);
  };
}

}  // namespace iff
