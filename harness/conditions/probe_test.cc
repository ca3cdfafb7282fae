#include "harness/conditions/probe.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(ProbeFinds, DoesNotApplyWhereTheProbeSaysSo) {
  Observation seen;
  seen.findings["logins"] = {.expected = "one login", .inapplicable = "nobody audits logins"};
  const Check check = JudgeOf(ProbeFinds{"logins"}, seen);
  EXPECT_EQ(check.verdict, Verdict::kInapplicable);
  EXPECT_EQ(check.reason, "nobody audits logins");
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

}  // namespace
}  // namespace iff
