#include "harness/conditions/lists.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(Lists, ComparesTheNamesOfTools) {
  const Observation seen = Saw(Answer(200, ResultOf({{"tools", {{{"name", "get"}}, {{"name", "search"}}}}})));
  EXPECT_EQ(VerdictOf(Lists{{"get"}, {"delete"}}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Lists{{"get", "delete"}, {}}, seen), Verdict::kFailed);
  EXPECT_EQ(ReasonOf(Lists{{}, {"search"}}, seen), "expected listed: ; hidden: search, saw get, search");
  EXPECT_EQ(VerdictOf(Lists{{}, {"delete"}}, Saw(RpcError(200, -1))), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(Lists{}, seen), Verdict::kErrored);
}

}  // namespace
}  // namespace iff
