#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "harness/core/json.h"
#include "servers/http/seams.h"

namespace iff {

namespace {

using CommonAnswers = std::map<std::string, ToolResult>;

Task<ToolResult> Cached(std::shared_ptr<CommonAnswers> answers, std::function<Task<ToolResult>(ToolCall)> run,
                        ToolCall call) {
  const std::string key = call.name + Dump(call.arguments);
  if (const auto known = answers->find(key); known != answers->end()) co_return known->second;
  ToolResult result = co_await run(std::move(call));
  if (!result.is_error) (*answers)[key] = result;
  co_return result;
}

}  // namespace

Seams AnswersFromACommonCache() {
  Seams seams;
  seams.adjust_offer = [](Offer& offer) {
    const auto answers = std::make_shared<CommonAnswers>();
    for (Tool& tool : offer.tools) {
      tool.run = [answers, run = tool.run](ToolCall call) { return Cached(answers, run, std::move(call)); };
    }
  };
  return seams;
}

}  // namespace iff
