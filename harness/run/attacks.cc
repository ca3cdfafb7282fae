#include "harness/run/attacks.h"

#include "harness/jose/prover.h"
#include "harness/run/tamper/tamper.h"
#include "harness/run/wrong_certificates.h"

namespace iff {

const std::vector<Attack>& AllAttacks() {
  static const std::vector<Attack> all = [] {
    std::vector<Attack> kinds = Forge::Attacks();
    for (const auto* more : {&Prover::Attacks(), &WrongCertificates(), &TamperedRequests()}) {
      kinds.insert(kinds.end(), more->begin(), more->end());
    }
    return kinds;
  }();
  return all;
}

std::string RuleOf(const std::string& attack) {
  for (const Attack& one : AllAttacks()) {
    if (one.id == attack) return "\"" + one.title + "\" (" + attack + ")";
  }
  return attack;
}

}  // namespace iff
