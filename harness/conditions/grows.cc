#include "harness/conditions/grows.h"

namespace iff {

const ConditionWord& CountGrows::Word() {
  static const ConditionWord word = {
      .word = "grows",
      .schema = R"({
  "type": "object",
  "description": "A count now, compared with the one before the first step.",
  "additionalProperties": false,
  "required": ["component", "what"],
  "properties": {
    "component": {"description": "A component that counts its resources.", "$ref": "#/$defs/text"},
    "what": {"description": "Which of its counts: tokens, leases, roles, ...", "$ref": "#/$defs/text"},
    "at_most": {"description": "By how much at most. Default: 0.", "type": "integer", "minimum": 0}
  }
})",
      .rows = {{.head = "`grows: {component, what, at_most}`",
                .holds =
                    "a count of the component's resources has grown by at most so much since before the first step"}},
      .examples = {"{component: COMPONENT, what: leases}"},
      .on_answer = false,
      .means = "Tokens, leases, roles or connections behind the server did not pile up.",
      .fix = "Renew or revoke what was obtained, also when the request that wanted it failed."};
  return word;
}

CountGrows CountGrows::Read(StepReader& in, const std::string& at) {
  in.Members(at, {"component", "what", "at_most"});
  return {.component = in.ComponentName(at + "/component"),
          .what = in.Text(at + "/what", true),
          .at_most = in.Number(at + "/at_most").value_or(0)};
}

ConditionNeeds CountGrows::Needs() const { return {.counts = true}; }

}  // namespace iff
