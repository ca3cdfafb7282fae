#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "harness/core/json.h"
#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

struct Breaker {
  std::string code = {};
  std::chrono::steady_clock::time_point closes = {};
};

Task<ToolResult> UnlessOpen(std::shared_ptr<Breaker> breaker, std::function<Task<ToolResult>(ToolCall)> run,
                            ToolCall call) {
  if (std::chrono::steady_clock::now() < breaker->closes)
    co_return ToolResult::Failure(breaker->code, "this failed a moment ago", true);
  ToolResult result = co_await run(std::move(call));
  const std::string code = AtOr<std::string>(result.structured, "/error/code", "");
  if (code.ends_with("_unavailable"))
    *breaker = {code, std::chrono::steady_clock::now() + std::chrono::milliseconds(300)};
  co_return result;
}

}  // namespace

Seams OneBreakerForEverybody() {
  Seams seams;
  seams.adjust_offer = [](Offer& offer) {
    const auto breaker = std::make_shared<Breaker>();
    for (Tool& tool : offer.tools) {
      tool.run = [breaker, run = tool.run](ToolCall call) { return UnlessOpen(breaker, run, std::move(call)); };
    }
  };
  return seams;
}

}  // namespace iff
