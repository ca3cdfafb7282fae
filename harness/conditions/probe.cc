#include "harness/conditions/probe.h"

namespace iff {

const ConditionWord& ProbeFinds::Word() {
  static const ConditionWord word = {
      .word = "probe",
      .schema = R"({"description": "A finding of this step's probe.", "$ref": "#/$defs/text"})",
      .rows = {{.head = "`probe: FINDING`", .holds = "the step's probe found this to be so"}}};
  return word;
}

ProbeFinds ProbeFinds::Read(StepReader& in, const std::string& at) { return {.finding = in.Text(at, true)}; }

ConditionNeeds ProbeFinds::Needs() const { return {.finding = finding}; }

}  // namespace iff
