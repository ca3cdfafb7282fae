#include "harness/conditions/status.h"

#include <algorithm>

namespace iff {

const ConditionWord& HttpStatusIs::Word() {
  static const ConditionWord word = {
      .word = "status",
      .schema = R"({
  "description": "HTTP status of the answer: one, or any of a list.",
  "$ref": "#/$defs/numbers"
})",
      .rows = {{.head = "`status: 401`, `status: [401, 403]`", .holds = "the answer has this HTTP status"}}};
  return word;
}

HttpStatusIs HttpStatusIs::Read(StepReader& in, const std::string& at) {
  HttpStatusIs condition;
  for (const int64_t number : in.Numbers(at)) condition.statuses.push_back(static_cast<int>(number));
  return condition;
}

ConditionNeeds HttpStatusIs::Needs() const {
  return {.refusal = !statuses.empty() &&
                     std::all_of(statuses.begin(), statuses.end(), [](int status) { return status >= 400; })};
}

}  // namespace iff
