// Token verification with one rule left out. Every other rule stays as it is, so that what is let in says
// which rule is missing.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "harness/core/json.h"
#include "harness/jose/key.h"
#include "harness/jose/token.h"
#include "servers/guard/bearer.h"

namespace iff {

struct TokenParts {
  std::string signed_text = {};
  std::string header_text = {};
  std::string payload_text = {};
  std::string signature = {};
  Json header = {};  // null when the text is no JSON of the strict kind

  std::string HeaderText(const char* name) const;  // "" when absent or no text
};
// Three base64url segments, whatever is in them.
Result<TokenParts, Refusal> TakeApart(std::string_view token);

// True if the key that kid and alg name made the signature.
bool SignedByIssuer(const TokenParts& parts, const KeySet& keys);

// The real verifier, but where it refuses claims for their content, `mend` changes the payload first. Text,
// header and signature are judged as ever.
using Mend = std::function<void(Json& payload, const TokenPolicy& policy, int64_t now)>;
VerifyFunction VerifyMended(Mend mend);

// The real verifier, but where it refuses for `rule` and `excuse` agrees, the claims alone decide.
using Excuse = std::function<bool(const TokenParts& parts, const KeySet& keys)>;
VerifyFunction VerifyDespite(Refusal rule, Excuse excuse);

}  // namespace iff
