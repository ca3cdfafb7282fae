#include "harness/steps/wait.h"

namespace iff {

const StepWord& WaitStep::Word() {
  static const StepWord word = {.word = "wait",
                                .schema = R"({
  "required": ["wait"],
  "properties": {
    "wait": {"description": "At most 200ms.", "$ref": "#/$defs/span"}
  }
})",
                                .at_target = false,
                                .head = "`wait: SPAN`",
                                .does = "at most 200ms; longer waits are minted, or asked for with `eventually`",
                                .also = ""};
  return word;
}

WaitStep WaitStep::Read(StepReader& in, const std::string& at) {
  const auto span = in.Span(at + "/wait").value_or(std::chrono::milliseconds(0));
  if (span > std::chrono::milliseconds(200)) {
    in.Mistake(at + "/wait", "nobody waits longer than 200ms: mint a time, or use 'eventually'");
  }
  return {.span = span};
}

StepEffects WaitStep::Effects() const { return {.event = "wait"}; }

}  // namespace iff
