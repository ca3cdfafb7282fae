#include "harness/steps/replay.h"

namespace iff {

const StepWord& ReplayStep::Word() {
  static const StepWord word = {
      .word = "replay",
      .schema = R"({
  "required": ["replay"],
  "properties": {
    "replay": {"description": "Label of an earlier step, whose request is sent again.", "$ref": "#/$defs/text"}
  }
})",
      .sends = true,
      .head = "`replay: LABEL`",
      .does = "sends the request of an earlier step again, as it was or with another credential",
      .also = "what sending takes"};
  return word;
}

ReplayStep ReplayStep::Read(StepReader& in, const std::string& at) {
  return {.sending = Sending::Read(in, at), .label = in.OneOf(at + "/replay", StepReader::List(in.labels))};
}

StepEffects ReplayStep::Effects() const { return sending.Effects(); }

}  // namespace iff
