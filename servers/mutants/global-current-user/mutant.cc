#include <functional>
#include <memory>
#include <utility>

#include "servers/runtime/seams.h"

namespace iff {

namespace {

using Run = std::function<Task<ToolResult>(ToolCall)>;
using CurrentUser = std::shared_ptr<std::shared_ptr<const Caller>>;

Task<ToolResult> AsCurrentUser(CurrentUser current, Run run, ToolCall call) {
  *current = call.caller;
  ToolCall look = call;
  ToolResult may = co_await run(std::move(look));  // is there such a thing at all?
  if (may.is_error) co_return may;
  call.caller = *current;
  co_return co_await run(std::move(call));
}

}  // namespace

Seams GlobalCurrentUser() {
  Seams seams;
  seams.adjust_offer = [](Offer& offer) {
    const auto current = std::make_shared<std::shared_ptr<const Caller>>();
    for (Tool& tool : offer.tools) {
      tool.run = [current, run = tool.run](ToolCall call) { return AsCurrentUser(current, run, std::move(call)); };
    }
  };
  return seams;
}

}  // namespace iff
