#include "harness/conditions/names.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(NamesPeople, LooksForEveryNameTheyHave) {
  Observation seen = Saw(Success("you are id-of-alice"));
  seen.persona_of = {{"alice-k3v9x", "alice"}, {"id-of-alice", "alice"}, {"bob-x1y2z", "bob"}};
  EXPECT_EQ(VerdictOf(NamesPeople{{"alice"}}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(NamesPeople{{"alice", "bob"}}, seen), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(NamesNone{{"bob"}}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(NamesNone{{"alice"}}, seen), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(NamesPeople{}, seen), Verdict::kErrored);
}

}  // namespace
}  // namespace iff
