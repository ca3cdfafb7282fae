#include "harness/conditions/no_secret_in.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(NoSecretIn, SaysWhoseTokenWentWhere) {
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

}  // namespace
}  // namespace iff
