// Who called so far, for broken servers that go on acting for them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "servers/http/hooks.h"

namespace iff {

using ToolRun = std::function<Task<ToolResult>(ToolCall)>;

class Callers {
 public:
  void Note(std::shared_ptr<const Caller> caller) { last_[caller->claims.subject] = std::move(caller); }
  // As they came last; nullptr for whoever did not call yet.
  std::shared_ptr<const Caller> Find(const std::string& subject) const;
  std::vector<std::shared_ptr<const Caller>> Besides(const Caller& caller) const;

 private:
  std::map<std::string, std::shared_ptr<const Caller>> last_;  // by subject
};

// What the tool called `name` does now; what is put before it afterwards is left out.
ToolRun RunOf(const Offer& offer, std::string_view name);

// Everybody who calls a tool is noted, before it runs.
void NoteCallers(Offer& offer, std::shared_ptr<Callers> callers);

}  // namespace iff
