#include <chrono>
#include <string>

#include "harness/core/json.h"
#include "servers/http/seams.h"

namespace iff {

Seams WaitsLongForTheDatabase() {
  Seams seams;
  seams.hold_back = [](const ToolResult& result) {
    const std::string code = AtOr<std::string>(result.structured, "/error/code", "");
    return std::chrono::milliseconds(code == "upstream_unavailable" ? 17'000 : 0);
  };
  return seams;
}

}  // namespace iff
