#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "harness/core/json.h"
#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

Task<ToolResult> Once(std::shared_ptr<std::string> broken, std::function<Task<ToolResult>(ToolCall)> run,
                      ToolCall call) {
  if (!broken->empty()) co_return ToolResult::Failure(*broken, "this failed before", true);
  ToolResult result = co_await run(std::move(call));
  const std::string code = AtOr<std::string>(result.structured, "/error/code", "");
  if (code.ends_with("_unavailable")) *broken = code;
  co_return result;
}

}  // namespace

Seams NeverRecovers() {
  Seams seams;
  seams.adjust_offer = [](Offer& offer) {
    const auto broken = std::make_shared<std::string>();
    for (Tool& tool : offer.tools) {
      tool.run = [broken, run = tool.run](ToolCall call) { return Once(broken, run, std::move(call)); };
    }
  };
  return seams;
}

}  // namespace iff
