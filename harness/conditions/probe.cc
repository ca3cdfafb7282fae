#include "harness/conditions/probe.h"

namespace iff {

const ConditionWord& ProbeFinds::Word() {
  static const ConditionWord word = {
      .word = "probe",
      .schema = R"({"description": "A finding of this step's probe.", "$ref": "#/$defs/text"})",
      .rows = {{.head = "`probe: FINDING`", .holds = "the step's probe found this to be so"}},
      .examples = {"found"},
      .on_answer = false,
      .means =
          "A small program looked into something a file cannot say; its finding is explained "
          "under its own name.",
      .fix = "Read the finding's own text with `iff explain` and the detail in the report."};
  return word;
}

ProbeFinds ProbeFinds::Read(StepReader& in, const std::string& at) {
  std::string finding = in.Text(at, true);
  if (const size_t dot = finding.find('.'); dot != std::string::npos) {  // "secret_store.leases": of a component
    finding = in.Meant(finding.substr(0, dot)) + finding.substr(dot);
  }
  return {.finding = std::move(finding)};
}

ConditionNeeds ProbeFinds::Needs() const { return {.finding = finding}; }

}  // namespace iff
