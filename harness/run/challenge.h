// Reading the challenges of an answer: its fields WWW-Authenticate.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "harness/run/observation.h"

namespace iff {

// The parameters of a challenge in `scheme` (RFC 9110 section 11.2); nothing when it is another. Read part by part,
// so that words inside a quoted description are never taken for a parameter.
std::optional<std::map<std::string, std::string>> ParametersOf(std::string_view scheme, const std::string& challenge);
// Whether there is a challenge in `scheme` at all, with parameters or without.
bool HasScheme(std::string_view scheme, const McpAnswer& answer);
// The first field WWW-Authenticate with a challenge in `scheme`; "": none.
std::string ChallengeIn(std::string_view scheme, const McpAnswer& answer);

}  // namespace iff
