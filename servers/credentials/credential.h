// What a credential source gives to a tool, or why it gives nothing.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "harness/core/secret.h"
#include "servers/mcp/tool.h"

namespace iff {

// A caller's own credential for one upstream. Valid until `expires_at`, not a second longer.
struct Credential {
  std::map<std::string, Secret> fields = {};  // "username", "api_token", "token", "password"
  std::string lease_id = {};                  // of a dynamic credential; "" for a stored one
  int64_t expires_at = 0;                     // NumericDate, seconds
  uint64_t generation = 0;                    // which fetch brought it; tells an old one from a new one

  const Secret& Field(const std::string& name) const {
    static const Secret kNone;
    const auto found = fields.find(name);
    return found == fields.end() ? kNone : found->second;
  }
};

// A failure as the caller sees it. `code` is one of ToolResult::Failure's; `message` is constant text
// that says what to do and names no address, path or secret; `reason` is for audit and metrics.
struct Failure {
  std::string code = {};
  std::string message = {};
  bool retryable = false;
  std::string reason = {};

  ToolResult AsResult() const { return ToolResult::Failure(code, message, retryable); }
};

}  // namespace iff
