// What is common to all conditions; each has its own test in harness/conditions.
#include "harness/run/judge.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

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

TEST(Judge, CannotTellWithoutAnAnswer) {
  for (const Condition& condition : OnTheAnswer()) {
    const Check check = JudgeOf(condition, Silent("connection refused"));
    EXPECT_EQ(check.verdict, Verdict::kErrored) << check.expected;
    EXPECT_EQ(check.reason, "connection refused") << check.expected;
  }
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
    // Whoever gave no answer gave nothing of anybody: of that it is not accused.
    const bool withholds = std::holds_alternative<Withholds>(condition);
    EXPECT_EQ(check.verdict, withholds ? Verdict::kInapplicable : Verdict::kFailed) << check.expected;
    // How long was waited says it as well.
    if (std::holds_alternative<Within>(condition)) continue;
    EXPECT_THAT(check.reason, HasSubstr("no answer within 10 s"));
  }
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

}  // namespace
}  // namespace iff
