#include "harness/conditions/upstream.h"

namespace iff {

const ConditionWord& UpstreamSaw::Word() {
  static const ConditionWord word = {
      .word = "upstream",
      .schema = R"({
  "type": "object",
  "description": "What arrived at the far side during the step.",
  "additionalProperties": false,
  "required": ["component"],
  "properties": {
    "component": {"description": "A component that keeps a ledger.", "$ref": "#/$defs/text"},
    "calls": {"description": "Exactly so many calls.", "type": "integer", "minimum": 0},
    "at_least": {"description": "At least so many.", "type": "integer", "minimum": 0},
    "owner": {"description": "Persona whose credential each of them carried.", "$ref": "#/$defs/text"}
  },
  "anyOf": [{"required": ["calls"]}, {"required": ["at_least"]}]
})",
      .rows = {{.head = "`upstream: {component, calls, at_least, owner}`",
                .holds = "the ledger saw so many calls during the step, each with a credential of `owner`"}},
      .examples = {"{component: COMPONENT, calls: 0}", "{component: COMPONENT, at_least: 1}"},
      .on_answer = false,
      .means =
          "The stand-in behind the server saw as many calls as named, each with the credential "
          "of the person named.",
      .fix =
          "Ask for the credential with the identity of this request, as late as possible, and "
          "send nothing before the decision is made."};
  return word;
}

UpstreamSaw UpstreamSaw::Read(StepReader& in, const std::string& at) {
  in.Members(at, {"component", "calls", "at_least", "owner"});
  UpstreamSaw condition{.component = in.ComponentName(at + "/component"),
                        .calls = in.Number(at + "/calls"),
                        .at_least = in.Number(at + "/at_least"),
                        .owner = in.Persona(at + "/owner", false)};
  if (!condition.calls && !condition.at_least) in.Mistake(at, "want 'calls' or 'at_least'");
  return condition;
}

ConditionNeeds UpstreamSaw::Needs() const { return {}; }

}  // namespace iff
