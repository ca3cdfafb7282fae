#include "harness/conditions/tally.h"

namespace iff {

const ConditionWord& Tally::Word() {
  static const ConditionWord word = {
      .word = "tally",
      .schema = R"({
  "type": "object",
  "description": "Of the answers to `times` requests.",
  "additionalProperties": false,
  "required": ["what"],
  "properties": {
    "what": {
      "description": "succeeded, failed, silent, an HTTP status, or an error code of the tool.",
      "$ref": "#/$defs/text"
    },
    "exactly": {"description": "Exactly so many answers.", "type": "integer", "minimum": 0},
    "at_least": {"description": "At least so many.", "type": "integer", "minimum": 0},
    "at_most": {"description": "At most so many.", "type": "integer", "minimum": 0}
  },
  "anyOf": [{"required": ["exactly"]}, {"required": ["at_least"]}, {"required": ["at_most"]}]
})",
      .rows = {{.head = "`tally: {what, exactly, at_least, at_most}`",
                .holds = "of the `times` answers, so many were `succeeded`, `failed`, `silent`, a status such as "
                         "`\"429\"`, or a tool's error code"}},
      .examples = {"{what: succeeded, exactly: 1}"},
      .on_answer = false,
      .means = "Of many calls made at once or in a row, the number named had this outcome.",
      .fix =
          "Count for each person, in one place, before the work is done; look for two counters or "
          "one shared by all."};
  return word;
}

Tally Tally::Read(StepReader& in, const std::string& at) {
  in.Members(at, {"what", "exactly", "at_least", "at_most"});
  return {.what = in.Text(at + "/what", true),
          .exactly = in.Number(at + "/exactly"),
          .at_least = in.Number(at + "/at_least"),
          .at_most = in.Number(at + "/at_most")};
}

ConditionNeeds Tally::Needs() const { return {}; }

}  // namespace iff
