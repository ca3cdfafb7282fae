#include "harness/conditions/status.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(HttpStatusIs, NeedsOneOfTheStatuses) {
  EXPECT_EQ(VerdictOf(HttpStatusIs{{400, 404}}, Saw(RpcError(404, -1))), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(HttpStatusIs{{400}}, Saw(RpcError(404, -1))), Verdict::kFailed);
  EXPECT_NE(VerdictOf(HttpStatusIs{}, Saw(Success())), Verdict::kPassed);
}

TEST(HttpStatusIs, TellsWhoWasServedWhereOnlyARefusalWouldDo) {
  Observation seen = Saw(Success());
  seen.target = "notes";
  seen.asked = "tools/list";
  seen.caller.clear();
  const Check check = JudgeOf(HttpStatusIs{{401}}, seen);
  EXPECT_TRUE(check.tells);
  EXPECT_EQ(check.reason, "notes answered tools/list to whoever shows no credential, and has to refuse it");
  EXPECT_FALSE(JudgeOf(HttpStatusIs{{200, 401}}, seen).tells);
}

}  // namespace
}  // namespace iff
