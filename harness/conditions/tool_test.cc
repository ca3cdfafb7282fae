#include "harness/conditions/tool.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(ToolSucceeds, NeedsAResultThatIsNoError) {
  EXPECT_EQ(VerdictOf(ToolSucceeds{}, Saw(Success())), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(ToolSucceeds{}, Saw(ToolErrorOf("not_found"))), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(ToolSucceeds{}, Saw(RpcError(200, -32602))), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(ToolSucceeds{}, Saw(Unauthorized(kChallenge))), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(ToolSucceeds{}, Saw({{.status = 200}, {}})), Verdict::kFailed);
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

}  // namespace
}  // namespace iff
