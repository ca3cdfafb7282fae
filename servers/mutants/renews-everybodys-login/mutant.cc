#include <memory>
#include <utility>

#include "servers/mutants/callers.h"

namespace iff {

namespace {

Task<ToolResult> Renewing(std::shared_ptr<Callers> callers, ToolRun run, ToolRun look, ToolCall call) {
  for (const std::shared_ptr<const Caller>& other : callers->Besides(*call.caller)) {
    ToolCall theirs;
    theirs.caller = other;
    (void)co_await look(std::move(theirs));
  }
  ToolResult result = co_await run(std::move(call));
  co_return result;
}

}  // namespace

Seams RenewsEverybodysLogin() {
  Seams seams;
  const auto callers = std::make_shared<Callers>();
  seams.adjust_offer = [callers](Offer& offer) {
    const ToolRun look = RunOf(offer, "whoami");
    NoteCallers(offer, callers);
    for (Tool& tool : offer.tools) {
      tool.run = [callers, look, run = tool.run](ToolCall call) {
        return Renewing(callers, run, look, std::move(call));
      };
    }
  };
  return seams;
}

}  // namespace iff
