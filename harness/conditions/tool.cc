#include "harness/conditions/tool.h"

namespace iff {

const ConditionWord& ToolSucceeds::Word() {
  static const ConditionWord word = {
      .word = "tool",
      .schema = R"({
  "description": "The tool ran and succeeds, or its result says that it failed, with one of these codes.",
  "anyOf": [
    {"enum": ["succeeds", "fails"]},
    {
      "type": "object",
      "additionalProperties": false,
      "required": ["fails"],
      "properties": {
        "fails": {"description": "Error codes, any of which will do.", "$ref": "#/$defs/texts"}
      }
    }
  ]
})",
      .rows = {{.head = "`tool: succeeds`", .holds = "HTTP 200 with a result that is no error"},
               {.head = "`tool: fails`, `tool: {fails: [CODE, ...]}`",
                .holds = "the tool ran and its result is an error, with one of these codes"}},
      .examples = {"succeeds", "fails", "{fails: [gone]}"},
      .on_answer = true,
      .means =
          "The tool ran and said so, or failed with one of the codes named; an answer that is "
          "neither counts as neither.",
      .fix =
          "Look at the answer in the report. If the tool crashed, mend that first; if it answered "
          "with another code, tell the failures apart where they arise instead of in one place at "
          "the end."};
  return word;
}

ToolOutcome ToolSucceeds::Read(StepReader& in, const std::string& at) {
  if (const Json* value = in.Get(at); value != nullptr && value->is_object()) {
    in.Members(at, {"fails"});
    return ToolFails{.codes = in.Texts(at + "/fails")};
  }
  if (in.OneOf(at, {"succeeds", "fails"}) == "fails") return ToolFails{};
  return ToolSucceeds{};
}

ConditionNeeds ToolSucceeds::Needs() const { return {}; }

const ConditionWord& ToolFails::Word() { return ToolSucceeds::Word(); }

ToolOutcome ToolFails::Read(StepReader& in, const std::string& at) { return ToolSucceeds::Read(in, at); }

ConditionNeeds ToolFails::Needs() const { return {}; }

}  // namespace iff
