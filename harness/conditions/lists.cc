#include "harness/conditions/lists.h"

namespace iff {

const ConditionWord& Lists::Word() {
  static const ConditionWord word = {
      .word = "lists",
      .schema = R"({
  "type": "object",
  "description": "Names in the result of tools/list; an operation stands for its tool.",
  "additionalProperties": false,
  "properties": {
    "shown": {"description": "Tools that are listed.", "$ref": "#/$defs/texts"},
    "hidden": {"description": "Tools that are not.", "$ref": "#/$defs/texts"}
  },
  "anyOf": [{"required": ["shown"]}, {"required": ["hidden"]}]
})",
      .rows = {{.head = "`lists: {shown: [...], hidden: [...]}`",
                .holds = "`tools/list` shows these tools and not those; an operation stands for the target's tool"}},
      .examples = {"{shown: whoami}"},
      .on_answer = true,
      .means = "A list of tools shows exactly what the caller's rights allow.",
      .fix =
          "Filter the list by the rights of the token of this request, and refuse the call as "
          "well; hiding alone protects nothing."};
  return word;
}

Lists Lists::Read(StepReader& in, const std::string& at) {
  in.Members(at, {"shown", "hidden"});
  return {.shown = in.Texts(at + "/shown"), .hidden = in.Texts(at + "/hidden")};
}

ConditionNeeds Lists::Needs() const { return {}; }

}  // namespace iff
