#include <algorithm>

#include "harness/conditions/lists.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"
#include "harness/run/phrases.h"

namespace iff {

std::string Lists::WhyNot(const Surroundings& around) const {
  const TargetSpec& target = around.target;
  for (const std::string& name : shown) {
    const bool tool = std::find(target.tools.begin(), target.tools.end(), name) != target.tools.end();
    if (!tool && !target.operations.contains(name))
      return target.name + " has no tool or operation called '" + name + "'";
  }
  return "";
}

Weighed Lists::Judged(const Judging& in) const {
  const std::vector<std::string> wanted = in.Tools(shown);
  const std::vector<std::string> unwanted = in.Tools(hidden);
  std::string expected = "listed: " + WithCommas(wanted);
  if (!unwanted.empty()) expected += "; hidden: " + WithCommas(unwanted);
  if (!in.seen.answer) return in.Silent(expected);
  if (wanted.empty() && unwanted.empty()) {
    return {Verdict::kErrored, expected, "", "no tool is asked about"};
  }
  std::vector<std::string> listed;
  if (const Json* tools = Find(in.seen.answer->message, "/result/tools"); tools != nullptr && tools->is_array()) {
    for (const Json& tool : *tools) listed.push_back(AtOr<std::string>(tool, "/name", ""));
  } else {
    return Met(false, expected, Describe(*in.seen.answer));
  }
  const auto lists = [&](const std::string& name) {
    return std::find(listed.begin(), listed.end(), name) != listed.end();
  };
  const bool met =
      std::all_of(wanted.begin(), wanted.end(), lists) && std::none_of(unwanted.begin(), unwanted.end(), lists);
  return Met(met, expected, WithCommas(listed));
}

}  // namespace iff
