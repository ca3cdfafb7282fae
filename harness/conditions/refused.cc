#include "harness/conditions/refused.h"

namespace iff {

const ConditionWord& RefusesToken::Word() {
  static const ConditionWord word = {
      .word = "refused",
      .schema = R"({
  "description": "401, no result, nothing of anybody in it; 'token': with error=\"invalid_token\"; 'proof': in the scheme DPoP, with that or error=\"invalid_dpop_proof\"; 'request': by any error of HTTP, JSON-RPC or the tool, or by the end of the connection.",
  "enum": ["token", "proof", "request"]
})",
      .rows =
          {{.head = "`refused: token`",
            .holds = "401 with `error=\"invalid_token\"` and `resource_metadata`, no result, nothing of anybody in it"},
           {.head = "`refused: request`",
            .holds = "of a `request-…`: 400 to 499, 501 or 505, an error of JSON-RPC or of the tool, or the end of the "
                     "connection; no result. Of a step `request`: no status below 400"},
           {.head = "`refused: proof`",
            .holds = "401 with a challenge `DPoP` that has `error=\"invalid_dpop_proof\"` or `\"invalid_token\"`, no "
                     "result, nothing of anybody in it"}},
      .examples = {"token", "proof", "request"},
      .on_answer = true,
      .means =
          "The token, its proof or the whole request was turned away before any tool ran. A "
          "token or proof gets 401 and a challenge, a request that is none an error of HTTP or "
          "JSON-RPC, and the answer gave nothing of anybody away.",
      .fix =
          "Find out which rule of the verifier let the token pass. Every rule must be able to "
          "refuse alone; none may be skipped because another one usually catches the same."};
  return word;
}

Refused RefusesToken::Read(StepReader& in, const std::string& at) {
  const std::string what = in.OneOf(at, {"token", "proof", "request"});
  if (what == "proof") return RefusesProof{};
  if (what == "request") return RefusesRequest{};
  return RefusesToken{};
}

ConditionNeeds RefusesToken::Needs() const { return {.refusal = true}; }

const ConditionWord& RefusesProof::Word() { return RefusesToken::Word(); }

Refused RefusesProof::Read(StepReader& in, const std::string& at) { return RefusesToken::Read(in, at); }

ConditionNeeds RefusesProof::Needs() const { return {.refusal = true}; }

const ConditionWord& RefusesRequest::Word() { return RefusesToken::Word(); }

Refused RefusesRequest::Read(StepReader& in, const std::string& at) { return RefusesToken::Read(in, at); }

ConditionNeeds RefusesRequest::Needs() const { return {.refusal = true}; }

}  // namespace iff
