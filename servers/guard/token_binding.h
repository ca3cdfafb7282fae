// Whether access tokens have to be bound to something their sender proves with every request: a key (DPoP, RFC 9449) or
// the certificate of its connection (RFC 8705 section 3).
#pragma once

namespace iff {

enum class TokenBinding {
  kNone,      // bound tokens are refused: nobody would ask for the proof
  kPossible,  // a bound token with its proof, or one that is not bound
  kRequired,  // a bound token with its proof and nothing else
};

}  // namespace iff
