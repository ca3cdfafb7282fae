#include "harness/conditions/header.h"

namespace iff {

const ConditionWord& HeaderIs::Word() {
  static const ConditionWord word = {.word = "header",
                                     .schema = R"({
  "type": "object",
  "description": "A header of the answer.",
  "additionalProperties": false,
  "required": ["name"],
  "properties": {
    "name": {"description": "Name of a header of the answer.", "$ref": "#/$defs/text"},
    "contains": {"description": "What it contains; without: it is there.", "$ref": "#/$defs/text"}
  }
})",
                                     .rows = {{.head = "`header: {name: Retry-After, contains: \"1\"}`",
                                               .holds = "the answer has this header, with this in it"}},
                                     .examples = {"{name: Retry-After}", "{name: Date, contains: x}"},
                                     .on_answer = true,
                                     .means = "The answer has the header, with the text named in it.",
                                     .fix = "Set it wherever such an answer is made, also on paths that fail early."};
  return word;
}

HeaderIs HeaderIs::Read(StepReader& in, const std::string& at) {
  in.Members(at, {"name", "contains"});
  return {.name = in.Text(at + "/name", true), .contains = in.Text(at + "/contains")};
}

ConditionNeeds HeaderIs::Needs() const { return {}; }

}  // namespace iff
