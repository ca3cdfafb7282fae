#include <gmock/gmock.h>

#include "harness/causes/gather.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Two causes that share nothing, at the target "notes".
CauseCatalogue Two() {
  return {.causes = {{.name = "audience-not-checked",
                      .says = "audiences are not checked",
                      .gravity = Gravity::kIdentity,
                      .patterns = {{"a", "b"}}},
                     {.name = "notes-are-shared",
                      .says = "everybody reads all notes",
                      .gravity = Gravity::kData,
                      .patterns = {{"x", "y"}}}}};
}

RunResult RunOf(const std::map<std::string, Verdict>& checks) {
  StepResult step;
  for (const auto& [id, verdict] : checks) step.checks.push_back({.id = id, .verdict = verdict});
  step.checks.push_back({.id = "serves", .verdict = Verdict::kPassed});
  RunResult run;
  run.scenarios.push_back({.id = "suite/one@notes", .target = "notes", .steps = {step}});
  return run;
}

AcceptedCause Accepted(std::string name, std::string target = "") {
  return {.name = std::move(name), .target = std::move(target), .reason = "the gateway does it", .until = "2027-01-31"};
}

TEST(NameCauses, WhatAnAcceptedCauseExplainsIsKnownAndTheRestStays) {
  RunResult run =
      RunOf({{"a", Verdict::kFailed}, {"b", Verdict::kFailed}, {"x", Verdict::kFailed}, {"y", Verdict::kFailed}});
  run.accepted = {Accepted("audience-not-checked", "notes")};
  NameCauses(Two(), run);
  ASSERT_EQ(run.causes.size(), 1U);
  EXPECT_EQ(run.causes[0].name, "notes-are-shared");
  EXPECT_EQ(run.causes[0].explains, 2);
  EXPECT_EQ(run.causes[0].of, 2) << "of what is not known";
  EXPECT_EQ(run.accepted[0].explains, 2);
  EXPECT_EQ(run.totals().known, 2);
  EXPECT_EQ(run.totals().failed, 2);
  EXPECT_EQ(run.exit_code(), ExitCode::kFailed);
}

TEST(NameCauses, ARunWhoseCausesAreAllAcceptedIsGreen) {
  RunResult run = RunOf({{"a", Verdict::kFailed}, {"b", Verdict::kFailed}});
  run.accepted = {Accepted("audience-not-checked")};
  NameCauses(Two(), run);
  EXPECT_THAT(run.causes, IsEmpty());
  EXPECT_EQ(run.exit_code(), ExitCode::kOk);
  const Result<RunResult> stored = RunFromJson(ToJson(run));
  ASSERT_TRUE(stored.ok()) << stored.error();
  EXPECT_EQ(ToJson(*stored), ToJson(run));
}

TEST(NameCauses, AnotherTargetsAcceptanceIsNotTaken) {
  RunResult run = RunOf({{"a", Verdict::kFailed}, {"b", Verdict::kFailed}});
  run.accepted = {Accepted("audience-not-checked", "other")};
  NameCauses(Two(), run);
  EXPECT_EQ(run.causes.size(), 1U);
  EXPECT_EQ(run.totals().failed, 2);
}

TEST(NameCauses, AnAcceptedCauseThatIsGoneHasToBeTakenOffTheList) {
  RunResult run = RunOf({{"a", Verdict::kPassed}, {"b", Verdict::kPassed}});
  run.accepted = {Accepted("audience-not-checked")};
  NameCauses(Two(), run);
  EXPECT_THAT(run.unexpected_passes, ElementsAre("cause audience-not-checked"));
  EXPECT_EQ(run.exit_code(), ExitCode::kFailed);
  // Where nobody looked for it, or something of it still fails, nothing is said.
  RunResult elsewhere = RunOf({{"x", Verdict::kPassed}});
  elsewhere.accepted = run.accepted;
  NameCauses(Two(), elsewhere);
  EXPECT_THAT(elsewhere.unexpected_passes, IsEmpty());
  RunResult half = RunOf({{"a", Verdict::kPassed}, {"b", Verdict::kFailed}});
  half.accepted = run.accepted;
  NameCauses(Two(), half);
  EXPECT_THAT(half.unexpected_passes, IsEmpty());
}

TEST(NameCauses, ANameThatNoCauseHasIsAnErrorOfTheRun) {
  RunResult run = RunOf({{"a", Verdict::kFailed}, {"b", Verdict::kFailed}});
  run.accepted = {Accepted("audience-not-chekced")};
  NameCauses(Two(), run);
  EXPECT_THAT(run.error, HasSubstr("audience-not-chekced"));
  EXPECT_THAT(run.error, HasSubstr("audience-not-checked"));
  EXPECT_EQ(run.totals().failed, 2);
}

TEST(NameCauses, AShardTellsNothingAndAcceptsNothing) {
  RunResult run = RunOf({{"a", Verdict::kFailed}, {"b", Verdict::kFailed}});
  run.shard = {.index = 1, .of = 2};
  run.accepted = {Accepted("audience-not-checked")};
  NameCauses(Two(), run);
  EXPECT_EQ(run.totals().failed, 2);
  EXPECT_THAT(run.unexpected_passes, IsEmpty());
}

}  // namespace
}  // namespace iff
