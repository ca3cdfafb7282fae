#include <string>
#include <utility>

#include "harness/core/json.h"
#include "servers/http/seams.h"

namespace iff {

Seams RunsTheFirstStatementOnly() {
  Seams seams;
  seams.adjust_offer = [](Offer& offer) {
    for (Tool& tool : offer.tools) {
      tool.run = [run = tool.run](ToolCall call) {
        const std::string query = AtOr<std::string>(call.arguments, "/query", "");
        if (!query.empty()) call.arguments["query"] = query.substr(0, query.find(';'));
        return run(std::move(call));
      };
    }
  };
  return seams;
}

}  // namespace iff
