#include "servers/mutants/callers.h"

#include <utility>

namespace iff {

std::shared_ptr<const Caller> Callers::Find(const std::string& subject) const {
  const auto found = last_.find(subject);
  return found == last_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const Caller>> Callers::Besides(const Caller& caller) const {
  std::vector<std::shared_ptr<const Caller>> others;
  for (const auto& [subject, last] : last_) {
    if (subject != caller.claims.subject) others.push_back(last);
  }
  return others;
}

ToolRun RunOf(const Offer& offer, std::string_view name) {
  for (const Tool& tool : offer.tools) {
    if (tool.name == name) return tool.run;
  }
  return [](ToolCall) -> Task<ToolResult> { co_return ToolResult(); };
}

void NoteCallers(Offer& offer, std::shared_ptr<Callers> callers) {
  for (Tool& tool : offer.tools) {
    tool.run = [callers, run = tool.run](ToolCall call) {
      callers->Note(call.caller);
      return run(std::move(call));
    };
  }
}

}  // namespace iff
