#include <string_view>

#include "harness/core/json.h"
#include "harness/jose/claims.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

namespace {

constexpr size_t kNoLimit = size_t{16} << 20;

// Signed is signed: however deep the claims go, those that are asked for are taken out of them.
Result<Claims, Refusal> VerifyWithoutLimits(std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                            int64_t now) {
  Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
  if (seen.ok() || seen.error() != Refusal::kMalformed) return seen;
  const Result<TokenParts, Refusal> parts = TakeApart(token);
  if (!parts.ok() || !parts.value().header.is_object() || !SignedByIssuer(parts.value(), keys)) return seen;
  Json payload = Json::parse(parts.value().payload_text, nullptr, false);
  if (!payload.is_object() || !payload.contains("nested")) return seen;
  payload.erase("nested");
  return CheckClaims(Dump(payload), policy, now);
}

}  // namespace

Seams SwallowsTokensWhole() {
  Seams seams;
  seams.adjust_listener = [](HttpServerOptions& listener) { listener.header_limit = kNoLimit; };
  seams.adjust_policy = [](TokenPolicy& policy) { policy.max_size = kNoLimit; };
  seams.verify = VerifyWithoutLimits;
  return seams;
}

}  // namespace iff
