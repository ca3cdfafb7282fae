#include "harness/steps/heal.h"

namespace iff {

const StepWord& HealStep::Word() {
  static const StepWord word = {.word = "heal",
                                .schema = R"({
  "required": ["heal"],
  "properties": {
    "heal": {"description": "Component that is whole again.", "$ref": "#/$defs/text"}
  }
})",
                                .at_target = false,
                                .head = "`heal: COMPONENT`",
                                .does = "ends that",
                                .also = ""};
  return word;
}

HealStep HealStep::Read(StepReader& in, const std::string& at) { return {.component = in.ComponentName(at + "/heal")}; }

StepEffects HealStep::Effects() const {
  return {.disturbs = true, .changes = "it disturbs " + component, .event = "heal", .about = component};
}

}  // namespace iff
