#include "harness/steps/list.h"

namespace iff {

const StepWord& ListStep::Word() {
  static const StepWord word = {.word = "list",
                                .schema = R"({
  "required": ["list"],
  "properties": {
    "list": {"description": "A method without arguments: tools/list, server/discover, ...", "$ref": "#/$defs/text"}
  }
})",
                                .sends = true,
                                .head = "`list: METHOD`",
                                .does = "any method without arguments: `tools/list`, `server/discover`",
                                .also = "what sending takes"};
  return word;
}

ListStep ListStep::Read(StepReader& in, const std::string& at) {
  return {.sending = Sending::Read(in, at), .method = in.Text(at + "/list", true)};
}

StepEffects ListStep::Effects() const { return sending.Effects(); }

}  // namespace iff
