#include "harness/steps/rotate.h"

namespace iff {

const StepWord& RotateStep::Word() {
  static const StepWord word = {.word = "rotate",
                                .schema = R"({
  "required": ["rotate"],
  "properties": {
    "rotate": {"description": "What is made anew: what drivers of the system declare. keys: the issuer signs with a new one from now on.", "$ref": "#/$defs/rotatable"}
  }
})",
                                .head = "`rotate: WHAT`",
                                .does =
                                    "makes something anew that a driver declares: of an issuer `keys`, and the old "
                                    "one stays published",
                                .also = ""};
  return word;
}

RotateStep RotateStep::Read(StepReader& in, const std::string& at) {
  return {.what = in.OneOf(at + "/rotate", in.List(in.vocabulary().rotatable))};
}

StepEffects RotateStep::Effects() const { return {.changes = "it rotates " + what, .event = "rotate", .about = what}; }

}  // namespace iff
