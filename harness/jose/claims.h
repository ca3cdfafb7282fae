// The claims half of token verification. Private to harness/jose: the signature must have been verified.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/core/json_view.h"
#include "harness/jose/token.h"

namespace iff {

// A JSON object and nothing else.
Result<Json> ParseObject(std::string_view text);

// The text called `name`, or nullptr: not there, or no text.
inline const std::string* TextMember(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

// The same, nothing instead of nullptr.
inline std::optional<std::string_view> TextOf(JsonView object, std::string_view name) {
  const std::optional<JsonView> found = object.Find(name);
  return found ? found->Text() : std::nullopt;
}

Result<Claims, Refusal> CheckClaims(std::string_view payload_text, const TokenPolicy& policy, int64_t now_seconds);

}  // namespace iff
