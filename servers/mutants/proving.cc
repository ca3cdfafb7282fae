#include "servers/mutants/proving.h"

#include <utility>

#include "harness/core/bytes.h"

namespace iff {

VerifyProofFunction VerifyProofDespite(std::set<ProofRefusal> rules) {
  return [rules = std::move(rules)](std::string_view proof, const ProofTarget& wanted, const ProofPolicy& policy,
                                    int64_t now) -> Result<Proof, ProofRefusal> {
    Result<Proof, ProofRefusal> seen = VerifyProof(proof, wanted, policy, now);
    if (seen.ok() || !rules.contains(seen.error())) return seen;
    return Proof{.key = std::string(wanted.key), .id = RandomUuid(), .issued_at = now};
  };
}

}  // namespace iff
