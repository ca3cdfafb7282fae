#include "harness/conditions/audit.h"

namespace iff {

const ConditionWord& Audited::Word() {
  static const ConditionWord word = {
      .word = "audit",
      .schema = R"({
  "type": "object",
  "description": "What the component's own audit log says of the step.",
  "additionalProperties": false,
  "required": ["component"],
  "properties": {
    "component": {"description": "A component that keeps an audit log.", "$ref": "#/$defs/text"},
    "owner": {"description": "Persona as which it was done.", "$ref": "#/$defs/text"},
    "operation": {"description": "read, login, update, ...", "$ref": "#/$defs/text"},
    "path": {"description": "Contained in the path.", "$ref": "#/$defs/text"},
    "allowed": {"description": "True: allowed ones only; false: denied ones only.", "type": "boolean"},
    "times": {"description": "Exactly so many entries.", "type": "integer", "minimum": 0},
    "at_least": {"description": "At least so many.", "type": "integer", "minimum": 0}
  },
  "anyOf": [{"required": ["times"]}, {"required": ["at_least"]}]
})",
      .rows = {{.head = "`audit: {component, owner, operation, path, allowed, times, at_least}`",
                .holds = "the component's own audit log has so many entries that match"}},
      .examples = {"{component: COMPONENT, times: 0}"},
      .on_answer = false,
      .means = "The secret store wrote down what was asked, as whom, and whether it was allowed.",
      .fix =
          "Compare the entry with the login the server made. A login as the server itself instead "
          "of as the person shows here first."};
  return word;
}

Audited Audited::Read(StepReader& in, const std::string& at) {
  in.Members(at, {"component", "owner", "operation", "path", "allowed", "times", "at_least"});
  Audited condition{.component = in.ComponentName(at + "/component"),
                    .owner = in.Persona(at + "/owner", false),
                    .operation = in.Text(at + "/operation"),
                    .path = in.Text(at + "/path"),
                    .times = in.Number(at + "/times"),
                    .at_least = in.Number(at + "/at_least")};
  if (in.Has(at + "/allowed")) condition.allowed = in.Flag(at + "/allowed");
  if (!condition.times && !condition.at_least) in.Mistake(at, "want 'times' or 'at_least'");
  return condition;
}

ConditionNeeds Audited::Needs() const { return {}; }

}  // namespace iff
