// All attacks that a scenario may name, of whatever they change.
#pragma once

#include <string>
#include <vector>

#include "harness/jose/forge.h"

namespace iff {

// Forged tokens, invalid proofs of possession, wrong certificates and tampered requests, with their controls.
const std::vector<Attack>& AllAttacks();
// The rule an attack breaks, as text: "\"A token for another server opens nothing\" (aud-other-server)".
std::string RuleOf(const std::string& attack);

}  // namespace iff
