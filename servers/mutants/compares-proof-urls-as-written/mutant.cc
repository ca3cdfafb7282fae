#include "harness/jose/token.h"
#include "servers/http/seams.h"

namespace iff {

Seams ComparesProofUrlsAsWritten() {
  Seams seams;
  seams.verify_proof = [](std::string_view proof, const ProofTarget& wanted, const ProofPolicy& policy,
                          int64_t now) -> Result<Proof, ProofRefusal> {
    Result<Proof, ProofRefusal> seen = VerifyProof(proof, wanted, policy, now);
    const Result<UnverifiedToken> said = DecodeUnverified(proof);
    if (!seen.ok() || !said.ok()) return seen;
    return AtOr<std::string>(said->payload, "/htu", "") == wanted.target ? seen : ProofRefusal::kTarget;
  };
  return seams;
}

}  // namespace iff
