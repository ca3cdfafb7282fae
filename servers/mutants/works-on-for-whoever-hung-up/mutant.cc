#include <functional>
#include <utility>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

Task<ToolResult> Unheard(std::function<Task<ToolResult>(ToolCall)> run, ToolCall call) {
  call.conversation = nullptr;
  ToolResult result = co_await run(std::move(call));
  co_return result;
}

}  // namespace

Seams WorksOnForWhoeverHungUp() {
  Seams seams;
  seams.adjust_offer = [](Offer& offer) {
    for (Tool& tool : offer.tools) {
      tool.run = [run = tool.run](ToolCall call) { return Unheard(run, std::move(call)); };
    }
  };
  return seams;
}

}  // namespace iff
