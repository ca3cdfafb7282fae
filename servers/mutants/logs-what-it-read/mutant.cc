#include <cstdio>
#include <string>

#include "harness/core/json.h"
#include "servers/http/seams.h"

namespace iff {

Seams LogsWhatItRead() {
  Seams seams;
  seams.adjust_result = [](ToolResult& result, const Caller&) {
    const std::string text = AtOr<std::string>(result.structured, "/description", "");
    if (!text.empty()) std::fprintf(stderr, "read %s\n", text.c_str());
  };
  return seams;
}

}  // namespace iff
