// From what a system file says about an operation to the arguments of one call, and from an answer to what later calls
// are told.
#pragma once

#include <string>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/environment/system.h"
#include "harness/identity/credential.h"
#include "harness/identity/issuer.h"
#include "harness/identity/principal.h"
#include "harness/mcp/protocol.h"

namespace iff {

// `value` with {own.X}, {of.X} and {text} replaced in every text; other braces stay. A text that is nothing but the
// name of what the target gave becomes that, number or text. Nobody's are left as they are.
Json FillAll(Json value, const Principal* own, const Principal* of, const std::string& upstream,
             const std::string& free_text);

// What `operation` says its answer gives; kProtocol names what is not in it.
Result<std::map<std::string, Json>> Given(const Operation& operation, const McpAnswer& answer);

// Members "+60s" and "-120s" as the times they mean, seen from `now_seconds`; all else as it is.
Json Timed(Json changes, int64_t now_seconds);

}  // namespace iff
