#include "harness/run/result.h"

#include <gtest/gtest.h>

namespace iff {
namespace {

Check CheckOf(Verdict verdict, bool known = false) { return {.id = "c", .verdict = verdict, .known = known}; }

ScenarioResult ScenarioOf(std::vector<Check> checks, std::string error = {}) {
  ScenarioResult result{.id = "s", .error = std::move(error)};
  result.steps.push_back({.checks = std::move(checks)});
  return result;
}

RunResult RunOf(std::vector<ScenarioResult> scenarios) { return {.scenarios = std::move(scenarios)}; }

const Check kPass = CheckOf(Verdict::kPassed);
const Check kFail = CheckOf(Verdict::kFailed);
const Check kKnownFailure = CheckOf(Verdict::kFailed, true);
const Check kError = CheckOf(Verdict::kErrored);

TEST(ScenarioResult, IsAsBadAsItsWorstCheck) {
  EXPECT_EQ(ScenarioOf({kPass, kPass}).verdict(), Verdict::kPassed);
  EXPECT_EQ(ScenarioOf({kPass, kError}).verdict(), Verdict::kErrored);
  EXPECT_EQ(ScenarioOf({kPass, kError, kFail}).verdict(), Verdict::kFailed);
  EXPECT_EQ(ScenarioOf({kFail, kError}).verdict(), Verdict::kFailed);
}

TEST(ScenarioResult, IsNotGreenWithoutAPassedCheck) {
  EXPECT_EQ(ScenarioOf({}).verdict(), Verdict::kErrored);
  EXPECT_EQ(ScenarioResult{}.verdict(), Verdict::kErrored);
  EXPECT_EQ(ScenarioOf({CheckOf(Verdict::kInapplicable)}).verdict(), Verdict::kErrored);
}

TEST(ScenarioResult, IsNotGreenWhenItCouldNotBeCarriedOut) {
  EXPECT_EQ(ScenarioOf({kPass}, "vault is gone").verdict(), Verdict::kErrored);
  EXPECT_EQ(ScenarioOf({kFail}, "vault is gone").verdict(), Verdict::kFailed);
}

TEST(ScenarioResult, TakesAKnownFailureAsExpected) {
  EXPECT_EQ(ScenarioOf({kPass, kKnownFailure}).verdict(), Verdict::kPassed);
  EXPECT_EQ(ScenarioOf({kFail, kKnownFailure}).verdict(), Verdict::kFailed);
  EXPECT_EQ(ScenarioOf({kError, kKnownFailure}).verdict(), Verdict::kErrored);
}

TEST(ScenarioResult, MayNotApply) {
  ScenarioResult result;
  result.inapplicable = "the target has no such tool";
  EXPECT_EQ(result.verdict(), Verdict::kInapplicable);
}

TEST(RunResult, CountsEveryCheckOnce) {
  ScenarioResult inapplicable;
  inapplicable.inapplicable = "no such tool";
  const RunResult run = RunOf({ScenarioOf({kPass, kPass, kFail}), ScenarioOf({kKnownFailure, kError}), inapplicable});
  const RunResult::Totals totals = run.totals();
  EXPECT_EQ(totals.passed, 2);
  EXPECT_EQ(totals.failed, 1);
  EXPECT_EQ(totals.known, 1);
  EXPECT_EQ(totals.errored, 1);
  EXPECT_EQ(totals.inapplicable, 1);
  EXPECT_EQ(totals.checks(), 6);
}

TEST(RunResult, CountsAScenarioWithoutChecksAsAnError) {
  EXPECT_EQ(RunOf({ScenarioResult{}}).totals().errored, 1);
  EXPECT_EQ(RunOf({ScenarioOf({kPass}, "a step could not be carried out")}).totals().errored, 1);
}

TEST(RunResult, EndsWithZeroOnlyWhenEverythingIsAsExpected) {
  EXPECT_EQ(RunOf({ScenarioOf({kPass})}).exit_code(), ExitCode::kOk);
  EXPECT_EQ(RunOf({ScenarioOf({kPass, kKnownFailure})}).exit_code(), ExitCode::kOk);
  EXPECT_EQ(RunOf({ScenarioOf({kPass, CheckOf(Verdict::kInapplicable)})}).exit_code(), ExitCode::kOk);
}

TEST(RunResult, IsNeverGreenWithoutAPassedCheck) {
  EXPECT_EQ(RunOf({}).exit_code(), ExitCode::kErrored);
  EXPECT_EQ(RunOf({ScenarioOf({})}).exit_code(), ExitCode::kErrored);
  EXPECT_EQ(RunOf({ScenarioOf({kKnownFailure})}).exit_code(), ExitCode::kErrored);
  EXPECT_EQ(RunOf({ScenarioOf({CheckOf(Verdict::kInapplicable)})}).exit_code(), ExitCode::kErrored);
}

TEST(RunResult, EndsWithTwoWhenSomethingCouldNotBeJudged) {
  EXPECT_EQ(RunOf({ScenarioOf({kPass}), ScenarioOf({kError})}).exit_code(), ExitCode::kErrored);
  EXPECT_EQ(RunOf({ScenarioOf({kPass}, "vault is gone")}).exit_code(), ExitCode::kErrored);
  RunResult run = RunOf({ScenarioOf({kPass})});
  run.error = "known_failures.json: not a list";
  EXPECT_EQ(run.exit_code(), ExitCode::kErrored);
}

// Otherwise a build server that tries again after a 2 could hide it.
TEST(RunResult, LetsAProvenFailureOutrankAnError) {
  RunResult run = RunOf({ScenarioOf({kPass, kError}, "vault is gone"), ScenarioOf({kFail})});
  run.error = "something else";
  EXPECT_EQ(run.exit_code(), ExitCode::kFailed);
}

TEST(RunResult, FailsWhenAKnownFailurePasses) {
  RunResult run = RunOf({ScenarioOf({kPass})});
  run.unexpected_passes = {"s c"};
  EXPECT_EQ(run.exit_code(), ExitCode::kFailed);
}

}  // namespace
}  // namespace iff
