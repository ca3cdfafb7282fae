// The part of token verification that is any JWS's (RFC 7515 section 5.2): shape, header, key and signature; nothing is
// asked of the type and of the payload. Private to harness/jose: published vectors are played against it.
#pragma once

#include <string>
#include <string_view>

#include "harness/jose/token.h"

namespace iff {

// The payload. Of `policy` only the algorithms, the size and whether a kid is required are asked.
Result<std::string, Refusal> VerifyJws(std::string_view text, const KeySet& keys, const TokenPolicy& policy);

}  // namespace iff
