#include "harness/jose/modulus.h"

#include <vector>

namespace iff {
namespace {

// What moduli above 1984 bits were made with: the first 126 primes.
constexpr BN_ULONG kLargest = 701;

struct Residues {
  BN_ULONG prime = 0;
  std::vector<bool> powers = {};  // which residues are a power of 65537
};

std::vector<Residues> AllResidues() {
  std::vector<Residues> all;
  for (BN_ULONG number = 2; number <= kLargest; ++number) {
    bool prime = true;
    for (const Residues& smaller : all) prime = prime && number % smaller.prime != 0;
    if (!prime) continue;
    Residues residues{.prime = number, .powers = std::vector<bool>(number)};
    for (BN_ULONG power = 1; !residues.powers[power]; power = power * 65'537 % number) residues.powers[power] = true;
    all.push_back(residues);
  }
  return all;
}

}  // namespace

bool HasPredictablePrimes(const BIGNUM* modulus) {
  static const std::vector<Residues> all = AllResidues();
  for (const Residues& residues : all) {
    if (!residues.powers[BN_mod_word(modulus, residues.prime)]) return false;
  }
  return true;
}

}  // namespace iff
