// Of an RSA modulus. Private to harness/jose.
#pragma once

#include <openssl/bn.h>

namespace iff {

// Whether its primes were made by the chips of CVE-2017-15361 ("ROCA"), each of them a power of 65537 modulo many small
// primes: whoever has the public key finds the private one. A modulus of other origin looks like that once in 2^160.
bool HasPredictablePrimes(const BIGNUM* modulus);

}  // namespace iff
