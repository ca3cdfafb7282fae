#include <memory>

#include "servers/http/seams.h"

namespace iff {

// One request after the other, as the scenarios that are to notice send them.
Seams TakesUnboundTokensWithAProof() {
  static constexpr std::string_view kNoKey = "none";
  Seams seams;
  const auto in_that_scheme = std::make_shared<bool>(false);
  seams.read_credentials = [in_that_scheme](const HttpRequest& request) {
    Presented presented = ReadCredentials(request);
    *in_that_scheme = presented.kind == Presented::Kind::kBound;
    return presented;
  };
  seams.remember_verdicts = false;
  seams.verify = [in_that_scheme](std::string_view token, const KeySet& keys, const TokenPolicy& policy, int64_t now) {
    Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
    if (seen.ok() && *in_that_scheme && seen->key_thumbprint.empty()) seen->key_thumbprint = kNoKey;
    return seen;
  };
  seams.verify_proof = [](std::string_view proof, const ProofTarget& wanted, const ProofPolicy& policy, int64_t now) {
    Result<Proof, ProofRefusal> seen = VerifyProof(proof, wanted, policy, now);
    const bool excused = !seen.ok() && seen.error() == ProofRefusal::kBinding && wanted.key == kNoKey;
    return excused ? Result<Proof, ProofRefusal>(
                         Proof{.key = std::string(kNoKey), .id = std::string(proof), .issued_at = now})
                   : seen;
  };
  return seams;
}

}  // namespace iff
