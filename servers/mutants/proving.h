// Verification of proofs with some of its rules left out.
#pragma once

#include <set>

#include "servers/guard/bearer.h"

namespace iff {

// The real verifier, but a proof that is refused for one of `rules` is taken, as one of the token's key.
VerifyProofFunction VerifyProofDespite(std::set<ProofRefusal> rules);

}  // namespace iff
