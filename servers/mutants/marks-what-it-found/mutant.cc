#include <memory>
#include <set>
#include <string>
#include <utility>

#include "servers/http/seams.h"
#include "servers/mutants/callers.h"

namespace iff {

namespace {

using FoundIssues = std::set<std::string>;  // every issue anybody was ever shown

Task<ToolResult> Mark(ToolRun run, std::shared_ptr<FoundIssues> found, ToolCall call) {
  const std::string key = AtOr<std::string>(call.arguments, "/issue_key", "");
  ToolResult result = co_await run(std::move(call));
  if (!result.is_error && !key.empty()) found->insert(key);
  if (result.is_error && found->contains(key)) result.meta = Json{{"cached", true}};
  co_return result;
}

}  // namespace

Seams MarksWhatItFound() {
  Seams seams;
  const auto found = std::make_shared<FoundIssues>();
  seams.adjust_offer = [found](Offer& offer) {
    for (Tool& tool : offer.tools) {
      tool.run = [found, run = tool.run](ToolCall call) { return Mark(run, found, std::move(call)); };
    }
  };
  return seams;
}

}  // namespace iff
