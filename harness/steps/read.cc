#include "harness/steps/read.h"

namespace iff {

const StepWord& ReadStep::Word() {
  static const StepWord word = {.word = "read",
                                .schema = R"({
  "required": ["read"],
  "properties": {
    "read": {"description": "resources/read of this URI.", "$ref": "#/$defs/text"}
  }
})",
                                .sends = true,
                                .head = "`read: URI`",
                                .does = "`resources/read`",
                                .also = "what sending takes"};
  return word;
}

ReadStep ReadStep::Read(StepReader& in, const std::string& at) {
  return {.sending = Sending::Read(in, at), .uri = in.Text(at + "/read", true)};
}

StepEffects ReadStep::Effects() const { return sending.Effects(); }

}  // namespace iff
