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
      .rows = {{.head = "`status: 401`, `status: [401, 403]`", .holds = "the answer has this HTTP status"}},
      .examples = {"401", "[400, 404]"},
      .on_answer = true,
      .means = "The HTTP status of the answer is one of those named.",
      .fix =
          "Compare the status with the clause. Refusals for want of a token are 401, for want of "
          "a right 403, for too many requests 429; what is broken behind the server is neither."};
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
