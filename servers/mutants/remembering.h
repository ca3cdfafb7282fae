// What broken servers remember of answers they gave, and then let slip.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "servers/http/hooks.h"

namespace iff {

// The longest answer each person got so far, one with the harness's mark in it before any other.
class Remembered {
 public:
  void Note(const std::string& subject, const std::string& text);
  // Everything that was somebody else's; "" when there is nothing.
  std::string OfOthers(const std::string& subject) const;
  std::string Of(const std::string& subject) const;

 private:
  std::map<std::string, std::string> longest_;  // by subject
};

// The first mark that the harness put into somebody's things, in `text`; "" without one. Smaller than a whole answer,
// it fits where little is taken.
std::string MarkIn(const std::string& text);

using SeesResult = std::function<void(const Caller& caller, ToolResult& result)>;

// Every tool runs as it should; what it made is remembered, and `sees` may change it first.
void RememberResults(Hooks& hooks, std::shared_ptr<Remembered> remembered, SeesResult sees = {});

}  // namespace iff
