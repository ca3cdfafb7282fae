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

}  // namespace
}  // namespace iff
