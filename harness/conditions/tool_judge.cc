#include <algorithm>

#include "harness/conditions/tool.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"
#include "harness/run/phrases.h"

namespace iff {

// Every target answers.
std::string ToolSucceeds::WhyNot(const Surroundings&) const { return ""; }

Weighed ToolSucceeds::Judged(const Judging& in) const {
  return in.OfAnswer("the tool succeeds", [](const McpAnswer& answer) {
    return answer.status == 200 && answer.HasResult() && !answer.ToolError() && answer.problem.empty();
  });
}

std::string ToolFails::WhyNot(const Surroundings& around) const {
  const std::set<std::string>& listed = around.target.errors;
  const bool told =
      codes.empty() || std::any_of(codes.begin(), codes.end(), [&](const auto& code) { return listed.contains(code); });
  return told ? "" : "the system file lists no such code among the errors of " + around.target.name;
}

Weighed ToolFails::Judged(const Judging& in) const {
  const std::string expected = "a tool error" + (codes.empty() ? std::string() : " with code " + WithCommas(codes));
  Weighed weighed = in.OfAnswer(expected, [&](const McpAnswer& answer) {
    if (answer.status != 200 || !answer.ToolError()) return false;
    return codes.empty() || std::find(codes.begin(), codes.end(), answer.ToolErrorCode()) != codes.end();
  });
  const NotObservable* const missed = in.seen.WhyNot(Place::kFault);
  const bool served =
      in.seen.answer && in.seen.answer->status == 200 && in.seen.answer->HasResult() && !in.seen.answer->ToolError();
  if (!served || missed == nullptr) return weighed;
  return {Verdict::kErrored, expected, weighed.observed, "the fault disturbed nobody: " + missed->reason};
}

}  // namespace iff
