#include "harness/steps/probe.h"

namespace iff {

const StepWord& ProbeStep::Word() {
  static const StepWord word = {.word = "probe",
                                .schema = R"({
  "required": ["probe"],
  "properties": {
    "probe": {"description": "A function of scenarios/probes.", "$ref": "#/$defs/text"},
    "arguments": {"description": "What it takes.", "type": "object"}
  }
})",
                                .head = "`probe: NAME`",
                                .does = "a function of `scenarios/probes/`; its findings are what is judged",
                                .also = "`arguments`"};
  return word;
}

ProbeStep ProbeStep::Read(StepReader& in, const std::string& at) {
  ProbeStep step{.name = in.OneOf(at + "/probe", StepReader::List(in.vocabulary().probes)),
                 .arguments = in.Object(at + "/arguments")};
  for (const char* const member : {"disturbs", "issuer", "from"}) {  // components
    if (step.arguments.contains(member) && step.arguments[member].is_string()) {
      step.arguments[member] = in.Meant(step.arguments[member].get<std::string>());
    }
  }
  return step;
}

StepEffects ProbeStep::Effects() const {  // Roughly how many requests one makes.
  constexpr int64_t kRequests = 50;
  return {.gate = AtOr<std::string>(arguments, "/disturbs", ""), .probe = name, .requests = kRequests};
}

}  // namespace iff
