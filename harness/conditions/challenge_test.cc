#include "harness/conditions/challenge.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

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

}  // namespace
}  // namespace iff
