#include "harness/conditions/header.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(HeaderIs, NeedsTheHeaderAndWhatItContains) {
  Observation seen = Saw(Answer(200, ResultOf(1), {{"Cache-Control", "no-store"}}));
  EXPECT_EQ(VerdictOf(HeaderIs{"cache-control", "no-store"}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(HeaderIs{"Cache-Control"}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(HeaderIs{"Cache-Control", "private"}, seen), Verdict::kFailed);
  seen.answer->headers.Add("Cache-Control", "private");
  EXPECT_EQ(VerdictOf(HeaderIs{"Cache-Control", "private"}, seen), Verdict::kPassed) << "the second field of that name";
  EXPECT_EQ(ReasonOf(HeaderIs{"Retry-After"}, seen), "expected header Retry-After, saw no such header");
}

}  // namespace
}  // namespace iff
