#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "servers/http/seams.h"
#include "servers/mutants/callers.h"

namespace iff {

namespace {

constexpr std::chrono::milliseconds kToLook{120};  // to fetch it, and to read whose it is

struct ShownIssues {
  std::set<std::string> keys = {};  // every issue anybody was ever shown
  bool looked = false;              // at one of them, for somebody who may not see it
};

Task<ToolResult> Look(ToolRun run, std::shared_ptr<ShownIssues> shown, ToolCall call) {
  const std::string key = AtOr<std::string>(call.arguments, "/issue_key", "");
  ToolResult result = co_await run(std::move(call));
  if (!result.is_error && !key.empty()) shown->keys.insert(key);
  shown->looked = result.is_error && shown->keys.contains(key);
  co_return result;
}

}  // namespace

Seams LooksBeforeItRefuses() {
  Seams seams;
  const auto shown = std::make_shared<ShownIssues>();
  seams.adjust_offer = [shown](Offer& offer) {
    for (Tool& tool : offer.tools) {
      tool.run = [shown, run = tool.run](ToolCall call) { return Look(run, shown, std::move(call)); };
    }
  };
  seams.hold_back = [shown](const ToolResult&) {
    return std::exchange(shown->looked, false) ? kToLook : std::chrono::milliseconds(0);
  };
  return seams;
}

}  // namespace iff
