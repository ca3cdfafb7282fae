#include "harness/conditions/withholds.h"

namespace iff {

const ConditionWord& Withholds::Word() {
  static const ConditionWord word = {
      .word = "withholds",
      .schema = R"({
  "description": "The answer holds nothing of these roles; 'others': of anybody but the caller.",
  "$ref": "#/$defs/texts"
})",
      .rows = {{.head = "`withholds: others`, `withholds: [PERSONA, ...]`",
                .holds =
                    "the answer, headers included, holds no canary and no credential of anybody else, or of these "
                    "personas; not encoded, compressed or split either. With something in it that cannot be "
                    "looked into, the check is errored; where no answer came in time, nothing was given, and it is "
                    "inapplicable"}},
      .examples = {"others", "[PERSONA]"},
      .on_answer = true,
      .means =
          "Neither body nor headers of the answer carry a marker or a credential of the people "
          "named (of anybody but the caller, if nobody is named).",
      .fix =
          "Something of another person came back. Look in the report whose credential reached the "
          "upstream. A cache whose key lacks the person, a client shared between requests, and an "
          "error text with the upstream's answer in it are the usual causes."};
  return word;
}

Withholds Withholds::Read(StepReader& in, const std::string& at) {
  if (const Json* value = in.Get(at); value != nullptr && *value == Json("others")) return {};
  return {.personas = in.Personas(at)};
}

ConditionNeeds Withholds::Needs() const { return {}; }

}  // namespace iff
