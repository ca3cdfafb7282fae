#include "harness/conditions/refused.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(RefusesToken, NeedsTheChallengeAndNothingElse) {
  EXPECT_EQ(VerdictOf(RefusesToken{}, Saw(Unauthorized(kChallenge))), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(RefusesToken{}, Saw(Unauthorized("Bearer resource_metadata=\"m\""))), Verdict::kFailed);
  EXPECT_EQ(ReasonOf(RefusesToken{}, Saw(Success())), "the token was accepted");
  EXPECT_EQ(ReasonOf(RefusesToken{}, Saw(RpcError(403, -32001))),
            "expected HTTP 401 with error=\"invalid_token\" and resource_metadata, and no result, "
            "saw HTTP 403, JSON-RPC error -32001");
  McpAnswer both = Success();
  both.status = 401;
  both.headers.Add("WWW-Authenticate", kChallenge);
  EXPECT_EQ(ReasonOf(RefusesToken{}, Saw(both)), "the token was accepted");
}

TEST(RefusesToken, SaysWhoseTokenWhatIsWrongWithItAndWhatItOpened) {
  Observation seen = Saw(Success());
  seen.target = "jira";
  EXPECT_EQ(ReasonOf(RefusesToken{}, seen), "jira took a token of bob's that it has to refuse and answered");
  seen.asked = "get_issue";
  seen.shown = "\"A token for another server opens nothing\" (aud-other-server)";
  seen.seen_of["bob"] = {"bob.jira.canary"};
  const Check check = JudgeOf(RefusesToken{}, seen);
  EXPECT_EQ(check.reason,
            "jira took a token of bob's that it has to refuse, \"A token for another server opens nothing\" "
            "(aud-other-server), and answered get_issue with what is private to bob");
  EXPECT_TRUE(check.tells);
  EXPECT_EQ(ReasonOf(RefusesProof{}, seen).substr(0, 31), "jira let in a request of bob's ");
  EXPECT_EQ(ReasonOf(RefusesRequest{}, seen).substr(0, 36), "jira carried out a request of bob's ");
  EXPECT_EQ(ReasonOf(Withholds{{"bob"}}, seen),
            "bob got bob.jira.canary from jira with what it has to refuse, \"A token for another server opens "
            "nothing\" (aud-other-server)");
  seen.caller = "";
  seen.shown = "";
  EXPECT_EQ(ReasonOf(RefusesToken{}, seen),
            "jira took a token of nobody's that it has to refuse and answered get_issue with what is private to bob");
  // What proves nothing tells nothing.
  Observation refused = Saw(Unauthorized(""));
  refused.target = "jira";
  EXPECT_FALSE(JudgeOf(RefusesToken{}, refused).tells);
}

TEST(RefusesToken, IsAChallengeOfAnyFormWhereNothingMoreIsClaimed) {
  const auto judged = [](const Observation& seen) { return JudgeOf(RefusesToken{}, seen, {.strict = false}); };
  EXPECT_EQ(judged(Saw(Unauthorized("Bearer scope=\"notes:use\""))).verdict, Verdict::kPassed);
  EXPECT_EQ(judged(Saw(Unauthorized("Basic realm=\"x\""))).verdict, Verdict::kFailed);
  EXPECT_EQ(judged(Saw(Success())).reason, "the token was accepted");
  EXPECT_EQ(judged(Saw(RpcError(500, -32603))).verdict, Verdict::kFailed);
}

TEST(RefusesProof, NeedsAChallengeOfItsScheme) {
  const auto answer = [](std::vector<std::string> challenges) {
    McpAnswer refused = Unauthorized("");
    refused.headers.Remove("WWW-Authenticate");
    for (std::string& challenge : challenges) refused.headers.Add("WWW-Authenticate", std::move(challenge));
    return Saw(refused);
  };
  EXPECT_EQ(VerdictOf(RefusesProof{}, answer({"DPoP error=\"invalid_dpop_proof\", algs=\"ES256\""})), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(RefusesProof{}, answer({"Bearer resource_metadata=\"m\"", "dpop error=invalid_token"})),
            Verdict::kPassed);
  EXPECT_EQ(VerdictOf(RefusesProof{}, answer({"Bearer error=\"invalid_token\"", "DPoP algs=\"ES256\""})),
            Verdict::kFailed);
  EXPECT_EQ(VerdictOf(RefusesProof{}, answer({"DPoP"})), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(RefusesProof{}, answer({})), Verdict::kFailed);
  EXPECT_EQ(ReasonOf(RefusesProof{}, Saw(Success())), "the request was let in");
  Observation telling = answer({"DPoP error=\"invalid_token\""});
  telling.seen_of["alice"] = {"alice.jira.canary"};
  EXPECT_EQ(ReasonOf(RefusesProof{}, telling), "the refusal holds alice.jira.canary");
  // The other scheme's challenge does not stand in the way of a bearer's.
  EXPECT_EQ(VerdictOf(RefusesToken{}, answer({"DPoP algs=\"ES256\"", kChallenge})), Verdict::kPassed);
}

TEST(RefusesRequest, TakesAnyRefusalAndNoResult) {
  const auto answered = [](int status, const std::string& body) {
    return Saw(ParseMcpAnswer({.status = status, .headers = {{"Content-Type", "application/json"}}, .body = body}, 1));
  };
  const std::string error = R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}})";
  EXPECT_EQ(VerdictOf(RefusesRequest{}, answered(400, error)), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(RefusesRequest{}, answered(200, error)), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(RefusesRequest{}, answered(403, "")), Verdict::kPassed);
  EXPECT_EQ(
      VerdictOf(RefusesRequest{}, answered(200, R"({"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[]}})")),
      Verdict::kPassed);
  EXPECT_EQ(VerdictOf(RefusesRequest{}, answered(501, "")), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(RefusesRequest{}, answered(505, "")), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(RefusesRequest{}, answered(500, "")), "the server failed over it");
  EXPECT_EQ(ReasonOf(RefusesRequest{}, answered(503, "")), "the server failed over it");
  EXPECT_EQ(ReasonOf(RefusesRequest{}, Saw(Success())), "the request was carried out");
  // A result under another id, or under none, is a result.
  EXPECT_EQ(ReasonOf(RefusesRequest{}, answered(200, R"({"jsonrpc":"2.0","id":true,"result":{"content":[]}})")),
            "the request was carried out");

  // Without a result nothing was carried out in the protocol. Beside it the status says so.
  Observation route = answered(204, "");
  EXPECT_EQ(VerdictOf(RefusesRequest{}, route), Verdict::kPassed);
  route.as_http = true;
  EXPECT_EQ(ReasonOf(RefusesRequest{}, route), "the request was carried out");
  route = answered(405, "");
  route.as_http = true;
  EXPECT_EQ(VerdictOf(RefusesRequest{}, route), Verdict::kPassed);

  Observation ended = Silent("connection closed before an answer");
  ended.may_hang_up = true;
  EXPECT_EQ(VerdictOf(RefusesRequest{}, ended), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Withholds{}, ended), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(HttpStatusIs{{403}}, ended), Verdict::kFailed);
  ended.target_died = true;
  EXPECT_EQ(VerdictOf(RefusesRequest{}, ended), Verdict::kFailed);
}

TEST(RefusesToken, IsNotMetByARefusalThatHoldsSomething) {
  Observation seen = Saw(Unauthorized(kChallenge));
  seen.seen_of["alice"] = {"alice.jira.canary"};
  const Check check = JudgeOf(RefusesToken{}, seen);
  EXPECT_EQ(check.verdict, Verdict::kFailed);
  EXPECT_EQ(check.reason, "the refusal holds alice.jira.canary");
}

}  // namespace
}  // namespace iff
