#include "harness/conditions/challenge.h"
#include "harness/conditions/refused.h"
#include "harness/run/applies.h"
#include "harness/run/challenge.h"
#include "harness/run/judging.h"
#include "harness/run/phrases.h"

namespace iff {

std::string RefusesToken::WhyNot(const Surroundings& around) const { return around.OverStdio() ? around.NoDoor() : ""; }

Weighed RefusesToken::Judged(const Judging& in) const {
  const std::string expected = in.terms.strict
                                   ? "HTTP 401 with error=\"invalid_token\" and resource_metadata, and no result"
                                   : "HTTP 401 with WWW-Authenticate: Bearer, and no result";
  if (!in.seen.answer) return in.Silent(expected);
  const McpAnswer& answer = *in.seen.answer;
  const bool challenged = in.terms.strict ? Challenges{.error = "invalid_token"}.Judged(in).verdict == Verdict::kPassed
                                          : HasScheme("Bearer", answer);
  const bool met = answer.status == 401 && !answer.HasResult() && challenged;
  Weighed weighed = Met(met && in.seen.seen_of.empty(), expected, Describe(answer));
  if (!met && answer.HasResult() && !answer.ToolError()) {
    in.Tell(weighed, "took a token", "the token was accepted");
  } else if (met && !in.seen.seen_of.empty()) {
    weighed.observed += ", with " + WithCommas(in.seen.seen_of.begin()->second);
    weighed.reason = "the refusal holds " + WithCommas(in.seen.seen_of.begin()->second);
  }
  return weighed;
}

std::string RefusesProof::WhyNot(const Surroundings& around) const { return around.OverStdio() ? around.NoDoor() : ""; }

Weighed RefusesProof::Judged(const Judging& in) const {
  const std::string expected =
      "HTTP 401 with WWW-Authenticate: DPoP and error=\"invalid_dpop_proof\" or \"invalid_token\", and no result";
  if (!in.seen.answer) return in.Silent(expected);
  const McpAnswer& answer = *in.seen.answer;
  const auto parameters = ParametersOf("DPoP", ChallengeIn("DPoP", answer));
  const auto error = parameters ? parameters->find("error") : std::map<std::string, std::string>::const_iterator();
  const bool challenged = parameters && error != parameters->end() &&
                          (error->second == "invalid_dpop_proof" || error->second == "invalid_token");
  const bool met = answer.status == 401 && !answer.HasResult() && challenged;
  Weighed weighed = Met(met && in.seen.seen_of.empty(), expected, Describe(answer));
  if (!met && answer.HasResult() && !answer.ToolError()) in.Tell(weighed, "let in a request", "the request was let in");
  if (met && !in.seen.seen_of.empty())
    weighed.reason = "the refusal holds " + WithCommas(in.seen.seen_of.begin()->second);
  return weighed;
}

std::string RefusesRequest::WhyNot(const Surroundings& around) const {
  return around.OverStdio() ? around.NoDoor() : "";
}

Weighed RefusesRequest::Judged(const Judging& in) const {
  const std::string expected = "HTTP 400 to 499, 501 or 505, or an error of JSON-RPC or of the tool, and no result";
  if (!in.seen.answer) return in.HungUp() ? Met(true, expected, "the connection was ended") : in.Silent(expected);
  const McpAnswer& answer = *in.seen.answer;
  // What answers under another id, or under none, is a result all the same.
  // Beside MCP the status alone says so.
  const bool carried_out = in.seen.as_http && answer.status < 400 && !answer.HasError();
  const bool result = carried_out || (answer.HasResult() && !answer.ToolError()) ||
                      (answer.status == 200 && !answer.HasError() && !answer.problem.empty());
  // RFC 9110 sections 15.6.2 and 15.6.6: what was asked for is not supported, and nothing broke.
  const bool broke = answer.status >= 500 && answer.status != 501 && answer.status != 505;
  Weighed weighed = Met(!result && !broke && in.seen.seen_of.empty(), expected, Describe(answer));
  if (result) in.Tell(weighed, "carried out a request", "the request was carried out");
  if (broke) weighed.reason = "the server failed over it";
  return weighed;
}

}  // namespace iff
