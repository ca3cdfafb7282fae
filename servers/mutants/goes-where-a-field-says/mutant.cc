#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "servers/http/seams.h"
#include "servers/mutants/callers.h"

namespace iff {

namespace {

// Nobody is where such a field leads.
Task<ToolResult> Elsewhere(ToolRun run, bool elsewhere, ToolCall call) {
  if (elsewhere) co_return ToolResult::Failure("upstream_unavailable", "nobody answers there", true);
  ToolResult result = co_await run(std::move(call));
  co_return result;
}

}  // namespace

Seams GoesWhereAFieldSays() {
  Seams seams;
  const auto named = std::make_shared<bool>(false);
  seams.on_request = [named](HttpRequest& request) { *named = request.headers.Find("X-Upstream-Url") != nullptr; };
  seams.adjust_offer = [named](Offer& offer) {
    for (Tool& tool : offer.tools) {
      tool.run = [named, run = tool.run](ToolCall call) { return Elsewhere(run, *named, std::move(call)); };
    }
  };
  return seams;
}

}  // namespace iff
