#include "harness/conditions/no_secret_in.h"

#include <algorithm>

namespace iff {

const ConditionWord& NoSecretIn::Word() {
  static const ConditionWord word = {
      .word = "no_secret_in",
      .schema = R"({
  "description": "None of the scenario's secrets is there.",
  "anyOf": [
    {"$ref": "#/$defs/place"},
    {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/place"}}
  ]
})",
      .rows = {{.head = "`no_secret_in: [answer, log, audit, upstream, far_side]`",
                .holds = "no secret of anybody is there; for `upstream`: the presented token did not arrive there, by "
                         "its ledger; for `far_side`: nor in anything the target sent to any component, read at gates "
                         "before all of them, except where it asks the issuer about it"}},
      .examples = {"log", "[answer, log]"},
      .on_answer = false,
      .means = "No credential of this scenario occurs in the places named, in any usual encoding.",
      .fix =
          "Log and audit what a credential is for and a fingerprint, never its value; cut headers "
          "and bodies before they are logged."};
  return word;
}

NoSecretIn NoSecretIn::Read(StepReader& in, const std::string& at) {
  NoSecretIn condition{.places = in.Texts(at)};
  for (const std::string& place : condition.places) {
    const std::vector<std::string> known = {"answer", "log", "audit", "upstream", "far_side"};
    if (std::find(known.begin(), known.end(), place) == known.end()) {
      in.Mistake(at, "unknown place '" + place + "'" + DidYouMean(place, known));
    }
  }
  return condition;
}

ConditionNeeds NoSecretIn::Needs() const { return {.searches = places}; }

}  // namespace iff
