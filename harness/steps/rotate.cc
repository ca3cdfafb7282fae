#include "harness/steps/rotate.h"

namespace iff {

const StepWord& RotateStep::Word() {
  static const StepWord word = {.word = "rotate",
                                .schema = R"({
  "required": ["rotate"],
  "properties": {
    "rotate": {"description": "The issuer signs with a new key from now on.", "enum": ["keys"]}
  }
})",
                                .head = "`rotate: keys`",
                                .does = "the issuer signs with a new key; the old one stays published",
                                .also = ""};
  return word;
}

RotateStep RotateStep::Read(StepReader& in, const std::string& at) {
  in.OneOf(at + "/rotate", {"keys"});
  return {};
}

StepEffects RotateStep::Effects() const {
  return {.changes = "it rotates the issuer's keys", .event = "rotate", .about = "issuer"};
}

}  // namespace iff
