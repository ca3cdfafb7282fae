#include <memory>
#include <set>
#include <string>

#include "harness/core/json.h"
#include "servers/http/seams.h"

namespace iff {

Seams ExistenceOracle() {
  Seams seams;
  // Every issue anybody was ever shown; a failed call names its issue in the detail.
  const auto seen = std::make_shared<std::set<std::string>>();
  seams.adjust_result = [seen](ToolResult& result, const Caller&) {
    const std::string key = AtOr<std::string>(result.structured, "/key", "");
    if (!key.empty()) seen->insert(key);
  };
  seams.decorate_error = [seen](Failure& failure, const std::string& detail) {
    if (failure.code != "not_found") return;
    for (const std::string& key : *seen) {
      if (detail.find("/issue/" + key + ":") == std::string::npos) continue;
      failure.code = "forbidden";
      failure.message = "this issue belongs to somebody else";
    }
  };
  return seams;
}

}  // namespace iff
