#include "harness/run/judge.h"

#include <gtest/gtest.h>

namespace iff {
namespace {

using std::chrono::milliseconds;

McpAnswer Answer(int status, Json message, Headers headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = Dump(message), .message = message};
}

Json ResultOf(Json result) { return {{"jsonrpc", "2.0"}, {"id", 1}, {"result", std::move(result)}}; }

McpAnswer Success(const std::string& text = "fine") {
  return Answer(200, ResultOf({{"content", {{{"type", "text"}, {"text", text}}}}}));
}

McpAnswer ToolErrorOf(const std::string& code) {
  return Answer(200, ResultOf({{"isError", true}, {"structuredContent", {{"error", {{"code", code}}}}}}));
}

McpAnswer RpcError(int status, int64_t code) {
  return Answer(status, {{"jsonrpc", "2.0"}, {"id", 1}, {"error", {{"code", code}, {"message", "no"}}}});
}

McpAnswer Unauthorized(const std::string& challenge) {
  McpAnswer answer{.status = 401};
  if (!challenge.empty()) answer.headers.Add("WWW-Authenticate", challenge);
  return answer;
}

const char* const kChallenge = "Bearer error=\"invalid_token\", resource_metadata=\"https://jira.example/meta\"";

DownstreamEvent AskedJiraAs(const std::string& persona) {
  return {.act = {.source = {Place::kLedger, "jira"}, .persona = persona, .action = "GET", .status = 200}};
}

Observation Saw(McpAnswer answer) {
  Observation seen{.answer = std::move(answer), .caller = "bob", .upstream = "jira"};
  seen.persona_of = {{"id-alice", "alice"}, {"id-bob", "bob"}, {"alice-k3v9x", "alice"}, {"bob-x1y2z", "bob"}};
  seen.canary = {{"alice", "canary-alice"}, {"bob", "canary-bob"}};
  return seen;
}

Observation Silent(const std::string& silence = "connection refused") {
  Observation seen = Saw({});
  seen.answer.reset();
  seen.no_response = silence;
  return seen;
}

Check JudgeOf(Condition condition, const Observation& seen, const TargetTerms& terms = {}) {
  return Judge({.check = "the-check", .clause = "RFC 1", .condition = std::move(condition)}, terms, seen);
}

Verdict VerdictOf(Condition condition, const Observation& seen) { return JudgeOf(std::move(condition), seen).verdict; }

std::string ReasonOf(Condition condition, const Observation& seen) {
  return JudgeOf(std::move(condition), seen).reason;
}

TEST(Judge, KeepsTheIdTheLevelAndTheClauseWhateverTheVerdict) {
  for (const bool must : {true, false}) {
    for (const Observation& seen : {Saw(Success()), Saw(RpcError(200, -1)), Silent()}) {
      const Check check = Judge({.check = "c", .must = must, .clause = "RFC 1", .condition = ToolSucceeds{}}, {}, seen);
      EXPECT_EQ(check.id, "c");
      EXPECT_EQ(check.level, must ? Level::kMust : Level::kShould);
      EXPECT_EQ(check.clause, "RFC 1");
      EXPECT_FALSE(check.known);
    }
  }
}

TEST(Judge, SaysWhatWasExpectedAndSeen) {
  const Check passed = JudgeOf(HttpStatusIs{{200}}, Saw(Success()));
  EXPECT_EQ(passed.expected, "HTTP 200");
  EXPECT_EQ(passed.observed, "HTTP 200, a result");
  EXPECT_EQ(passed.reason, "");
  const Check failed = JudgeOf(HttpStatusIs{{401, 403}}, Saw(RpcError(404, -32601)));
  EXPECT_EQ(failed.reason, "expected HTTP 401 or 403, saw HTTP 404, JSON-RPC error -32601");
}

// ---- silence: every condition on the answer, in every way of not having one

std::vector<Condition> OnTheAnswer() {
  return {ToolSucceeds{},       ToolFails{},      HttpStatusIs{{200}},      Challenges{},
          RefusesToken{},       RefusesProof{},   RefusesRequest{},         RpcErrorIs{{-32600}},
          Discloses{{"alice"}}, Withholds{},      Withholds{{"alice"}},     HeaderIs{"Date"},
          AnswerSays{"x"},      SilentAbout{"x"}, Lists{{"get_issue"}, {}}, NamesPeople{{"alice"}}};
}

TEST(Judge, CannotTellWithoutAnAnswer) {
  for (const Condition& condition : OnTheAnswer()) {
    const Check check = JudgeOf(condition, Silent("connection refused"));
    EXPECT_EQ(check.verdict, Verdict::kErrored) << check.expected;
    EXPECT_EQ(check.reason, "connection refused") << check.expected;
  }
  EXPECT_EQ(VerdictOf(Within{milliseconds(5)}, Silent()), Verdict::kErrored);
}

TEST(Judge, CannotTellWhereNothingWasSent) {
  for (const Condition& condition : OnTheAnswer()) {
    const Check check = JudgeOf(condition, Observation{});
    EXPECT_EQ(check.verdict, Verdict::kErrored) << check.expected;
  }
  EXPECT_EQ(ReasonOf(ToolSucceeds{}, Observation{}), "nothing was sent");
  EXPECT_EQ(ReasonOf(Tally{.what = "succeeded", .at_most = 0}, Observation{}), "nothing was sent");
}

TEST(Judge, BlamesATargetThatDied) {
  Observation seen = Silent("connection reset (the server ended: signal 11)");
  seen.target_died = true;
  for (const Condition& condition : OnTheAnswer()) {
    const Check check = JudgeOf(condition, seen);
    EXPECT_EQ(check.verdict, Verdict::kFailed) << check.expected;
    EXPECT_EQ(check.observed, "the server died");
    EXPECT_EQ(check.reason, "connection reset (the server ended: signal 11)");
  }
}

TEST(Judge, BlamesATargetThatHangs) {
  Observation seen = Silent("no answer within 10 s");
  seen.timed_out = true;
  for (const Condition& condition : OnTheAnswer()) {
    const Check check = JudgeOf(condition, seen);
    EXPECT_EQ(check.verdict, Verdict::kFailed) << check.expected;
    EXPECT_EQ(check.reason, "no answer within 10 s");
  }
  EXPECT_EQ(VerdictOf(Within{milliseconds(5)}, seen), Verdict::kFailed);
}

// What was not seen behind a target that was never reached proves nothing.
TEST(Judge, BelievesNoAbsenceWhereNoAnswerCame) {
  Observation seen = Silent("connection refused");
  seen.downstream.observed = {{Place::kLedger, "jira"}, {Place::kAuditLog, "vault"}};
  seen.leaks[Place::kLog] = {};
  for (const Condition& condition :
       std::vector<Condition>{UpstreamSaw{.component = "jira", .calls = 0}, Audited{.component = "vault", .times = 0},
                              NoSecretIn{{"log"}}}) {
    const Check check = JudgeOf(condition, seen);
    EXPECT_EQ(check.verdict, Verdict::kErrored) << check.expected;
    EXPECT_EQ(check.reason, "proves nothing, because no answer came: connection refused");
  }
  // What was seen is proof, with or without an answer.
  seen.downstream.events = {AskedJiraAs("bob")};
  seen.leaks[Place::kLog] = {"bob.mcp.token#1"};
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .at_least = 1}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .calls = 0}, seen), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(NoSecretIn{{"log"}}, seen), Verdict::kFailed);
}

// ---- tools and statuses

TEST(ToolSucceeds, NeedsAResultThatIsNoError) {
  EXPECT_EQ(VerdictOf(ToolSucceeds{}, Saw(Success())), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(ToolSucceeds{}, Saw(ToolErrorOf("not_found"))), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(ToolSucceeds{}, Saw(RpcError(200, -32602))), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(ToolSucceeds{}, Saw(Unauthorized(kChallenge))), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(ToolSucceeds{}, Saw({.status = 200})), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(ToolSucceeds{}, Saw(Answer(500, ResultOf(Json::object())))), Verdict::kFailed);
  McpAnswer odd = Success();
  odd.problem = "a response to another request: id 7";
  EXPECT_EQ(ReasonOf(ToolSucceeds{}, Saw(odd)),
            "expected the tool succeeds, saw HTTP 200, a result, a response to another request: id 7");
}

// Whoever was not disturbed is right to serve.
TEST(ToolFails, AccusesNobodyOfAFaultThatMetNothing) {
  Observation seen = Saw(Success());
  seen.CannotObserve({Place::kFault, "postgres", "nothing that postgres was asked for met it"});
  EXPECT_EQ(VerdictOf(ToolFails{}, seen), Verdict::kErrored);
  EXPECT_EQ(ReasonOf(ToolFails{}, seen), "the fault disturbed nobody: nothing that postgres was asked for met it");
  EXPECT_EQ(VerdictOf(ToolSucceeds{}, seen), Verdict::kPassed);
  seen.answer = Saw(ToolErrorOf("gone")).answer;
  EXPECT_EQ(VerdictOf(ToolFails{{"gone"}}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(ToolFails{{"not_found"}}, seen),
            Verdict::kFailed);  // it failed by itself, and says what is not so
}

TEST(ToolFails, NeedsAToolErrorWithOneOfTheCodes) {
  EXPECT_EQ(VerdictOf(ToolFails{}, Saw(ToolErrorOf("anything"))), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(ToolFails{{"gone", "not_found"}}, Saw(ToolErrorOf("not_found"))), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(ToolFails{{"gone"}}, Saw(ToolErrorOf("not_found"))),
            "expected a tool error with code gone, saw HTTP 200, tool error not_found");
  EXPECT_EQ(VerdictOf(ToolFails{{"gone"}}, Saw(ToolErrorOf(""))), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(ToolFails{}, Saw(Success())), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(ToolFails{}, Saw(RpcError(200, -32000))), Verdict::kFailed);
}

TEST(HttpStatusIs, NeedsOneOfTheStatuses) {
  EXPECT_EQ(VerdictOf(HttpStatusIs{{400, 404}}, Saw(RpcError(404, -1))), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(HttpStatusIs{{400}}, Saw(RpcError(404, -1))), Verdict::kFailed);
  EXPECT_NE(VerdictOf(HttpStatusIs{}, Saw(Success())), Verdict::kPassed);
}

TEST(RpcErrorIs, NeedsOneOfTheCodes) {
  EXPECT_EQ(VerdictOf(RpcErrorIs{{-32601, -32602}}, Saw(RpcError(200, -32602))), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(RpcErrorIs{{-32601}}, Saw(RpcError(200, -32602))), Verdict::kFailed);
  // An answer without an error has code 0.
  EXPECT_EQ(VerdictOf(RpcErrorIs{{0}}, Saw(Success())), Verdict::kFailed);
}

// ---- challenges

TEST(Challenges, NeedsTheErrorAndTheMetadata) {
  EXPECT_EQ(VerdictOf(Challenges{"invalid_token"}, Saw(Unauthorized(kChallenge))), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Challenges{}, Saw(Unauthorized("Bearer resource_metadata=\"m\""))), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Challenges{}, Saw(Unauthorized(kChallenge))), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(Challenges{"invalid_token"}, Saw(Unauthorized("Bearer error=\"invalid_token\""))),
            Verdict::kFailed);
  EXPECT_EQ(VerdictOf(Challenges{"invalid_token"}, Saw(Unauthorized("Basic error=\"invalid_token\", "
                                                                    "resource_metadata=\"m\""))),
            Verdict::kFailed);
  EXPECT_EQ(VerdictOf(Challenges{"insufficient_scope"}, Saw(Unauthorized(kChallenge))), Verdict::kFailed);
  EXPECT_EQ(ReasonOf(Challenges{"invalid_token"}, Saw(Unauthorized(""))),
            "expected WWW-Authenticate: Bearer with resource_metadata and error=\"invalid_token\", "
            "saw HTTP 401, no WWW-Authenticate");
}

TEST(Challenges, NeedsAScopeWhereOneIsWanted) {
  const Challenges scoped{"insufficient_scope", true};
  const std::string start = "Bearer error=\"insufficient_scope\", resource_metadata=\"m\"";
  EXPECT_EQ(VerdictOf(scoped, Saw(Unauthorized(start + ", scope=\"jira:read\""))), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(scoped, Saw(Unauthorized(start + ", scope=\"\""))), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(scoped, Saw(Unauthorized(start))), Verdict::kFailed);
}

TEST(Challenges, TakesNoParameterOutOfAQuotedDescription) {
  EXPECT_EQ(
      VerdictOf(Challenges{"invalid_token"}, Saw(Unauthorized("Bearer error_description=\"not, error=invalid_token, "
                                                              "resource_metadata=m\", error=\"other\""))),
      Verdict::kFailed);
  EXPECT_EQ(VerdictOf(Challenges{"invalid_token"},
                      Saw(Unauthorized("bearer error=invalid_token, error_description=\"a \\\" b\", "
                                       "resource_metadata=m"))),
            Verdict::kPassed);
}

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

TEST(NoSecretDownstream, SaysWhoseTokenWentWhere) {
  Observation seen = Saw(Success());
  seen.target = "jira";
  EXPECT_EQ(ReasonOf(NoSecretIn{{"far_side"}}, seen), "far_side was not looked into");
  seen.leaks[Place::kDownstream] = {};
  EXPECT_EQ(VerdictOf(NoSecretIn{{"far_side"}}, seen), Verdict::kPassed);
  seen.leaks[Place::kDownstream] = {"vault got bob.mcp.token#1 in POST /v1/auth/jwt/login"};
  EXPECT_EQ(ReasonOf(NoSecretIn{{"far_side"}}, seen),
            "jira handed on the token that bob had sent to it: vault got bob.mcp.token#1 in POST /v1/auth/jwt/login");
  seen.leaks[Place::kDownstream].clear();
  seen.CannotObserve({.place = Place::kDownstream, .reason = "vault is spoken to over TLS"});
  EXPECT_EQ(VerdictOf(NoSecretIn{{"far_side"}}, seen), Verdict::kErrored);
}

TEST(RefusesToken, IsAChallengeOfAnyFormWhereNothingMoreIsClaimed) {
  const auto judged = [](const Observation& seen) { return JudgeOf(RefusesToken{}, seen, {.strict = false}); };
  EXPECT_EQ(judged(Saw(Unauthorized("Bearer scope=\"notes:use\""))).verdict, Verdict::kPassed);
  EXPECT_EQ(judged(Saw(Unauthorized("Basic realm=\"x\""))).verdict, Verdict::kFailed);
  EXPECT_EQ(judged(Saw(Success())).reason, "the token was accepted");
  EXPECT_EQ(judged(Saw(RpcError(500, -32603))).verdict, Verdict::kFailed);
}

TEST(Judge, SpeaksOfToolsAndOfPlacesAsTheTargetHasThem) {
  const TargetTerms terms{.tool_of = {{"read_own", "get"}}, .lacks = {Place::kLog, Place::kTargetAudit}};
  Observation seen = Saw(Answer(200, ResultOf({{"tools", {{{"name", "get"}}}}})));
  EXPECT_EQ(JudgeOf(Lists{{"read_own"}, {"search"}}, seen, terms).verdict, Verdict::kPassed);
  EXPECT_EQ(JudgeOf(Lists{{}, {"read_own"}}, seen, terms).verdict, Verdict::kFailed);
  EXPECT_EQ(JudgeOf(Lists{{"read_own"}, {}}, seen).verdict, Verdict::kFailed) << "no tool is called so";
  seen.leaks[Place::kAnswer] = {};
  const NoSecretIn anywhere{{"answer", "log", "audit"}};
  EXPECT_EQ(JudgeOf(anywhere, seen, terms).verdict, Verdict::kPassed);
  EXPECT_EQ(JudgeOf(anywhere, seen, terms).expected, "no secret in answer");
  EXPECT_EQ(JudgeOf(anywhere, seen).verdict, Verdict::kErrored);
  EXPECT_EQ(JudgeOf(NoSecretIn{{"log"}}, seen, terms).reason, "no place was looked into");
  EXPECT_EQ(JudgeOf(NoSecretIn{{"cellar"}}, seen, terms).reason, "cellar was not looked into");
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

TEST(NamesPeople, LooksForEveryNameTheyHave) {
  Observation seen = Saw(Success("you are id-of-alice"));
  seen.persona_of = {{"alice-k3v9x", "alice"}, {"id-of-alice", "alice"}, {"bob-x1y2z", "bob"}};
  EXPECT_EQ(VerdictOf(NamesPeople{{"alice"}}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(NamesPeople{{"alice", "bob"}}, seen), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(NamesNone{{"bob"}}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(NamesNone{{"alice"}}, seen), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(NamesPeople{}, seen), Verdict::kErrored);
}

TEST(ProbeFinds, DoesNotApplyWhereTheProbeSaysSo) {
  Observation seen;
  seen.findings["logins"] = {.expected = "one login", .inapplicable = "nobody audits logins"};
  const Check check = JudgeOf(ProbeFinds{"logins"}, seen);
  EXPECT_EQ(check.verdict, Verdict::kInapplicable);
  EXPECT_EQ(check.reason, "nobody audits logins");
}

TEST(RefusesToken, IsNotMetByARefusalThatHoldsSomething) {
  Observation seen = Saw(Unauthorized(kChallenge));
  seen.seen_of["alice"] = {"alice.jira.canary"};
  const Check check = JudgeOf(RefusesToken{}, seen);
  EXPECT_EQ(check.verdict, Verdict::kFailed);
  EXPECT_EQ(check.reason, "the refusal holds alice.jira.canary");
}

// ---- what the answer carries

TEST(Discloses, NeedsTheCanaryOfEveryRole) {
  const Observation both = Saw(Success("canary-alice canary-bob"));
  EXPECT_EQ(VerdictOf(Discloses{{"alice", "bob"}}, both), Verdict::kPassed);
  const Observation one = Saw(Success("canary-alice"));
  EXPECT_EQ(ReasonOf(Discloses{{"alice", "bob"}}, one),
            "expected the answer holds what is private to alice, bob, saw nothing of bob in it (HTTP 200, a result)");
}

TEST(Discloses, CannotTellOfARoleThatHasNothingThere) {
  EXPECT_EQ(ReasonOf(Discloses{{"carol"}}, Saw(Success())), "carol has nothing at jira that could be seen");
  EXPECT_EQ(VerdictOf(Discloses{{"carol"}}, Saw(Success())), Verdict::kErrored);
  EXPECT_EQ(VerdictOf(Discloses{}, Saw(Success())), Verdict::kErrored);
}

TEST(Withholds, FailsForAnythingOfSomebodyElse) {
  Observation seen = Saw(Success());
  EXPECT_EQ(VerdictOf(Withholds{}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Withholds{{"alice"}}, seen), Verdict::kPassed);
  seen.others_seen = {"alice.jira.canary"};
  seen.seen_of["alice"] = {"alice.jira.canary"};
  EXPECT_EQ(ReasonOf(Withholds{}, seen), "bob got alice.jira.canary");
  EXPECT_EQ(ReasonOf(Withholds{{"alice"}}, seen), "bob got alice.jira.canary");
  EXPECT_EQ(VerdictOf(Withholds{{"bob"}}, seen), Verdict::kPassed);
  seen.caller = "";
  EXPECT_EQ(ReasonOf(Withholds{}, seen), "somebody without a name got alice.jira.canary");
}

TEST(Withholds, CannotTellOfARoleThatIsNotThere) {
  EXPECT_EQ(VerdictOf(Withholds{{"mallory"}}, Saw(Success())), Verdict::kErrored);
  EXPECT_EQ(ReasonOf(Withholds{{"mallory"}}, Saw(Success())), "mallory is not in this sandbox");
}

TEST(AnswerSays, LooksIntoTheTextAsItTravelledAndAsItReads) {
  EXPECT_EQ(VerdictOf(AnswerSays{"fine"}, Saw(Success())), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(AnswerSays{"worse"}, Saw(Success())), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(SilentAbout{"worse"}, Saw(Success())), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(SilentAbout{"fine"}, Saw(Success())), "expected the answer does not say 'fine', saw it does");
  EXPECT_EQ(VerdictOf(SilentAbout{"say \"hi\""}, Saw(Success("say \"hi\""))), Verdict::kFailed);
}

TEST(HeaderIs, NeedsTheHeaderAndWhatItContains) {
  Observation seen = Saw(Answer(200, ResultOf(1), {{"Cache-Control", "no-store"}}));
  EXPECT_EQ(VerdictOf(HeaderIs{"cache-control", "no-store"}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(HeaderIs{"Cache-Control"}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(HeaderIs{"Cache-Control", "private"}, seen), Verdict::kFailed);
  seen.answer->headers.Add("Cache-Control", "private");
  EXPECT_EQ(VerdictOf(HeaderIs{"Cache-Control", "private"}, seen), Verdict::kPassed) << "the second field of that name";
  EXPECT_EQ(ReasonOf(HeaderIs{"Retry-After"}, seen), "expected header Retry-After, saw no such header");
}

TEST(Within, ComparesTheTimeOfAnAnswer) {
  Observation seen = Saw(Success());
  seen.took = milliseconds(20);
  EXPECT_EQ(VerdictOf(Within{milliseconds(20)}, seen), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(Within{milliseconds(19)}, seen), "expected an answer within 19 ms, saw 20 ms");
}

TEST(Lists, ComparesTheNamesOfTools) {
  const Observation seen = Saw(Answer(200, ResultOf({{"tools", {{{"name", "get"}}, {{"name", "search"}}}}})));
  EXPECT_EQ(VerdictOf(Lists{{"get"}, {"delete"}}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Lists{{"get", "delete"}, {}}, seen), Verdict::kFailed);
  EXPECT_EQ(ReasonOf(Lists{{}, {"search"}}, seen), "expected listed: ; hidden: search, saw get, search");
  EXPECT_EQ(VerdictOf(Lists{{}, {"delete"}}, Saw(RpcError(200, -1))), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(Lists{}, seen), Verdict::kErrored);
}

// ---- downstream

Observation WithLedger(const std::vector<std::string>& personas) {
  Observation seen = Saw(Success());
  seen.downstream.observed = {{Place::kLedger, "jira"}};
  for (const std::string& persona : personas) seen.downstream.events.push_back(AskedJiraAs(persona));
  return seen;
}

TEST(UpstreamSaw, CountsCalls) {
  const Observation two = WithLedger({"bob", "bob"});
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .calls = 2}, two), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .at_least = 1, .owner = "bob"}, two), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(UpstreamSaw{.component = "jira", .calls = 0}, two), "expected jira saw 0 calls, saw 2 calls");
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .at_least = 3}, two), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .calls = 0}, WithLedger({})), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .at_least = 1}, WithLedger({})), Verdict::kFailed);
}

TEST(UpstreamSaw, FailsForOneCallWithACredentialOfSomebodyElse) {
  const UpstreamSaw as_bob{.component = "jira", .at_least = 1, .owner = "bob"};
  EXPECT_EQ(ReasonOf(as_bob, WithLedger({"bob", "alice"})), "jira was asked with a credential of alice for bob");
  EXPECT_EQ(ReasonOf(as_bob, WithLedger({""})), "jira was asked with a credential of somebody unknown for bob");
  EXPECT_EQ(VerdictOf(as_bob, WithLedger({"service"})), Verdict::kFailed);
}

TEST(UpstreamSaw, CannotTellWithoutALedgerOrANumber) {
  const UpstreamSaw none{.component = "jira", .calls = 0};
  EXPECT_EQ(ReasonOf(none, Saw(Success())), "jira keeps no ledger");
  EXPECT_EQ(VerdictOf(none, Saw(Success())), Verdict::kErrored);
  Observation seen = WithLedger({});
  Note(seen.downstream.not_observable, {Place::kLedger, "jira", "connection refused"});
  EXPECT_EQ(ReasonOf(none, seen), "the ledger could not be read: connection refused");
  EXPECT_EQ(VerdictOf(none, seen), Verdict::kErrored);
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .owner = "bob"}, WithLedger({})), Verdict::kErrored);
}

TEST(Audited, CountsTheEntriesThatMatchInEveryWay) {
  Observation seen = Saw(Success());
  const auto audited = [&](const char* persona, const char* operation, const char* path, bool allowed) {
    seen.downstream.events.push_back({.act = {.source = {Place::kAuditLog, "vault"},
                                              .persona = persona,
                                              .action = operation,
                                              .object = path,
                                              .allowed = allowed}});
  };
  seen.downstream.observed = {{Place::kAuditLog, "vault"}};
  audited("bob", "read", "secret/data/bob", true);
  audited("bob", "read", "secret/data/alice", false);
  audited("alice", "login", "auth", true);
  seen.downstream.events.push_back(AskedJiraAs("bob"));
  EXPECT_EQ(VerdictOf(Audited{.component = "vault",
                              .owner = "bob",
                              .operation = "read",
                              .path = "data/bob",
                              .allowed = true,
                              .times = 1},
                      seen),
            Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Audited{.component = "vault", .times = 3}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Audited{.component = "vault", .owner = "bob", .times = 1}, seen), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(Audited{.component = "vault", .operation = "login", .times = 2}, seen), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(Audited{.component = "vault", .path = "data", .at_least = 3}, seen), Verdict::kFailed);
  EXPECT_EQ(ReasonOf(Audited{.component = "vault",
                             .owner = "bob",
                             .operation = "read",
                             .path = "data/alice",
                             .allowed = false,
                             .times = 0},
                     seen),
            "expected vault audited 0 read entries of data/alice as bob denied, "
            "saw 1 read entries of data/alice as bob denied");
}

TEST(Audited, CannotTellWithoutALogOrANumber) {
  const Audited none{.component = "vault", .times = 0};
  EXPECT_EQ(ReasonOf(none, Saw(Success())), "vault keeps no audit log");
  Observation seen = Saw(Success());
  seen.downstream.observed = {{Place::kAuditLog, "vault"}};
  EXPECT_EQ(VerdictOf(none, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Audited{.component = "vault"}, seen), Verdict::kErrored);
  Note(seen.downstream.not_observable, {Place::kAuditLog, "vault", "no mark was set"});
  EXPECT_EQ(ReasonOf(none, seen), "the audit log could not be read: no mark was set");
  EXPECT_EQ(VerdictOf(none, seen), Verdict::kErrored);
}

TEST(NoSecretIn, NamesWhatItFoundAndWhere) {
  Observation seen = Saw(Success());
  seen.leaks = {{Place::kAnswer, {}}, {Place::kLog, {"bob.mcp.token#1"}}};
  EXPECT_EQ(VerdictOf(NoSecretIn{{"answer"}}, seen), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(NoSecretIn{{"answer", "log"}}, seen), "bob.mcp.token#1 in log");
  EXPECT_EQ(VerdictOf(NoSecretIn{{"answer", "log"}}, seen), Verdict::kFailed);
}

TEST(NoSecretIn, CannotTellOfAPlaceNobodyLookedInto) {
  Observation seen = Saw(Success());
  seen.leaks[Place::kAnswer] = {};
  EXPECT_EQ(ReasonOf(NoSecretIn{{"answer", "log"}}, seen), "log was not looked into");
  seen.CannotObserve({.place = Place::kLog, .reason = "it is empty"});
  EXPECT_EQ(ReasonOf(NoSecretIn{{"answer", "log"}}, seen), "log could not be read: it is empty");
  EXPECT_EQ(VerdictOf(NoSecretIn{}, seen), Verdict::kErrored);
}

TEST(CountGrows, ComparesTheDifference) {
  Observation seen = Saw(Success());
  seen.growth["vault.leases"] = 2;
  EXPECT_EQ(VerdictOf(CountGrows{"vault", "leases", 2}, seen), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(CountGrows{"vault", "leases", 1}, seen), "expected vault.leases grows by at most 1, saw 2");
  EXPECT_EQ(ReasonOf(CountGrows{"vault", "tokens", 1}, seen), "nothing called vault.tokens is counted");
  seen.CannotObserve({Place::kCounts, "vault", "sealed"});
  EXPECT_EQ(ReasonOf(CountGrows{"vault", "leases", 2}, seen), "could not count: sealed");
  EXPECT_EQ(VerdictOf(CountGrows{"vault", "leases", 2}, seen), Verdict::kErrored);
}

TEST(ProbeFinds, TakesTheProbesWord) {
  Observation seen;
  seen.findings = {{"good", {.met = true, .expected = "e", .observed = "o"}},
                   {"bad", {.met = false, .expected = "e", .observed = "o"}},
                   {"dark", {.met = true, .could_not = "no cell was looked at"}}};
  EXPECT_EQ(VerdictOf(ProbeFinds{"good"}, seen), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(ProbeFinds{"bad"}, seen), "expected e, saw o");
  EXPECT_EQ(VerdictOf(ProbeFinds{"bad"}, seen), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(ProbeFinds{"dark"}, seen), Verdict::kErrored);
  EXPECT_EQ(ReasonOf(ProbeFinds{"dark"}, seen), "no cell was looked at");
  EXPECT_EQ(ReasonOf(ProbeFinds{"other"}, seen), "the probe found nothing out about it");
  seen.no_response = "the probe fell over";
  EXPECT_EQ(ReasonOf(ProbeFinds{"other"}, seen), "the probe fell over");
  EXPECT_EQ(VerdictOf(ProbeFinds{"other"}, seen), Verdict::kErrored);
}

TEST(Tally, CountsAnswersOfOneKind) {
  Observation seen = Saw(Success());
  seen.tally = {{"succeeded", 5}, {"429", 3}};
  EXPECT_EQ(VerdictOf(Tally{.what = "succeeded", .exactly = 5}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Tally{.what = "429", .at_least = 3, .at_most = 3}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Tally{.what = "503", .at_most = 0}, seen), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(Tally{.what = "succeeded", .exactly = 6}, seen),
            "expected 6 answers: succeeded, saw 3 429, 5 succeeded");
  EXPECT_EQ(VerdictOf(Tally{.what = "503", .at_least = 1}, seen), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(Tally{.what = "succeeded"}, seen), Verdict::kErrored);
}

TEST(Tally, CannotTellWhereTheUnansweredCouldHaveMadeTheDifference) {
  Observation seen = Saw(Success());
  seen.tally = {{"silent", 2}, {"succeeded", 5}};
  EXPECT_EQ(VerdictOf(Tally{.what = "succeeded", .at_most = 7}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Tally{.what = "succeeded", .at_least = 5}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Tally{.what = "silent", .exactly = 2}, seen), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(Tally{.what = "succeeded", .exactly = 5}, seen), "2 were not answered at all");
  EXPECT_EQ(VerdictOf(Tally{.what = "succeeded", .at_most = 6}, seen), Verdict::kErrored);
  EXPECT_EQ(VerdictOf(Tally{.what = "429", .at_most = 1}, seen), Verdict::kErrored);
}

}  // namespace
}  // namespace iff
