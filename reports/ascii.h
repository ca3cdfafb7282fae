// JSON as the machine-readable forms write it: every letter beyond ASCII is escaped, so that no terminal and no viewer
// obeys what stands inside, and bytes that are no UTF-8 are replaced.
#pragma once

#include <string>

#include "harness/core/json_text.h"

namespace iff {

inline std::string AsciiJson(const Json& value, int indent = -1) {
  return JsonText(value, {.indent = indent, .ascii = true});
}

}  // namespace iff
