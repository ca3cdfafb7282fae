// The claims half of token verification. Private to harness/jose: the signature must have been verified.
#pragma once

#include <string>
#include <string_view>

#include "harness/jose/token.h"

namespace iff {

// A JSON object and nothing else.
Result<Json> ParseObject(std::string_view text);

// The text called `name`, or nullptr: not there, or no text.
inline const std::string* TextMember(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

Result<Claims, Refusal> CheckClaims(std::string_view payload_text, const TokenPolicy& policy, int64_t now_seconds);

}  // namespace iff
