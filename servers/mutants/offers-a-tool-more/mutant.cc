#include "servers/http/seams.h"

namespace iff {

namespace {

Task<ToolResult> Status(ToolCall) { co_return ToolResult::Text("all is well"); }

}  // namespace

Seams OffersAToolMore() {
  Seams seams;
  seams.adjust_offer = [](Offer& offer) {
    Tool tool;
    tool.name = "debug_status";
    tool.description = "Left over from development.";
    tool.run = Status;
    offer.tools.push_back(std::move(tool));
  };
  return seams;
}

}  // namespace iff
