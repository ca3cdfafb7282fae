#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

Task<ToolResult> Fail(ToolCall) { co_return ToolResult::Failure("internal", "something went wrong", true); }

}  // namespace

Seams FailsEveryCall() {
  Seams seams;
  seams.adjust_offer = [](Offer& offer) {
    for (Tool& tool : offer.tools) tool.run = Fail;
  };
  return seams;
}

}  // namespace iff
