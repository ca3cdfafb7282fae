#include "harness/conditions/challenge.h"

namespace iff {

const ConditionWord& Challenges::Word() {
  static const ConditionWord word = {
      .word = "challenge",
      .schema = R"({
  "description": "A WWW-Authenticate with resource_metadata and this error.",
  "anyOf": [
    {"$ref": "#/$defs/challenge_error"},
    {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "error": {"$ref": "#/$defs/challenge_error"},
        "scoped": {"description": "It also names scopes.", "type": "boolean"}
      }
    }
  ]
})",
      .rows = {{.head = "`challenge: none`, `challenge: {error: insufficient_scope, scoped: true}`",
                .holds = "`WWW-Authenticate: Bearer` has `resource_metadata` and this error (`none`, `invalid_token`, "
                         "`invalid_request`, `insufficient_scope`), and names scopes if `scoped`"}},
      .examples = {"none", "{error: insufficient_scope, scoped: true}"},
      .on_answer = true,
      .means =
          "A refusal carries a WWW-Authenticate header a client can act on, with the error, the "
          "scope and the address of the metadata.",
      .fix =
          "Build the header in one place, from the reason of the refusal, and use it for every "
          "401 and 403."};
  return word;
}

Challenges Challenges::Read(StepReader& in, const std::string& at) {
  if (const Json* value = in.Get(at); value != nullptr && value->is_object()) {
    in.Members(at, {"error", "scoped"});
    const std::string error = in.Text(at + "/error");
    return {.error = error == "none" ? "" : error, .scoped = in.Flag(at + "/scoped")};
  }
  const std::string error = in.OneOf(at, {"none", "invalid_token", "invalid_request", "insufficient_scope"});
  return {.error = error == "none" ? "" : error};
}

ConditionNeeds Challenges::Needs() const { return {.refusal = true}; }

}  // namespace iff
