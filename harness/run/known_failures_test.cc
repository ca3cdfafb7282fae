#include "harness/run/known_failures.h"

#include <filesystem>
#include <fstream>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LoadKnownFailures, TakesAMissingFileForNoneAndReportsMistakes) {
  const std::string path = testing::TempDir() + "known_failures_test.json";
  std::filesystem::remove(path);
  EXPECT_TRUE(LoadKnownFailures(path).value().empty());
  std::ofstream(path) << R"([{"scenario": "a/b@c", "check": "d", "reason": "e", "until": "2027-01-31"}])";
  const Result<std::vector<KnownFailure>> known = LoadKnownFailures(path);
  ASSERT_TRUE(known.ok()) << known.error();
  ASSERT_EQ(known->size(), 1U);
  EXPECT_EQ(known->front().until, "2027-01-31");
  std::ofstream(path) << R"([{"scenario": "a/b@c", "chek": "d", "reason": "e", "until": "2027-01-31"}])";
  const Result<std::vector<KnownFailure>> mistaken = LoadKnownFailures(path);
  ASSERT_FALSE(mistaken.ok());
  EXPECT_EQ(mistaken.error().kind(), ErrorKind::kInvalidInput);
  EXPECT_THAT(mistaken.error().message(), HasSubstr("chek"));
  std::ofstream(path) << R"([{"scenario": "a/b@c", "check": "d", "reason": "e", "until": "31.1.2027"}])";
  EXPECT_THAT(LoadKnownFailures(path).error().message(), HasSubstr("such as 2027-01-31"));
  std::ofstream(path) << R"([{"cause": "a", "check": "d", "reason": "e", "until": "2027-01-31"}])";
  EXPECT_THAT(LoadKnownFailures(path).error().message(), HasSubstr("check"));
  std::filesystem::remove(path);
}

TEST(AcceptedCauses, CountUntilTheirDay) {
  const std::string path = testing::TempDir() + "accepted_causes_test.json";
  std::ofstream(path) << R"([{"cause": "audience-not-checked", "target": "c", "reason": "e", "until": "2026-03-01"},
                             {"scenario": "a/b@c", "check": "d", "reason": "e", "until": "2026-03-01"}])";
  const std::vector<KnownFailure> known = LoadKnownFailures(path).value();
  std::filesystem::remove(path);
  const WallTime day = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1));
  const std::vector<AcceptedCause> accepted = AcceptedCauses(known, day);
  ASSERT_EQ(accepted.size(), 1U);
  EXPECT_EQ(accepted[0].name, "audience-not-checked");
  EXPECT_EQ(accepted[0].target, "c");
  EXPECT_TRUE(AcceptedCauses(known, day + std::chrono::days(1)).empty());
}

ScenarioResult OneCheckThat(const std::string& check, Verdict verdict) {
  StepResult step;
  step.checks.push_back({.id = check, .verdict = verdict});
  ScenarioResult result{.id = "suite/one@notes"};
  result.steps.push_back(std::move(step));
  return result;
}

TEST(MarkKnown, MarksFailuresUntilTheirDay) {
  const std::vector<KnownFailure> known = {
      {.scenario = "suite/one@notes", .check = "hers", .reason = "reported", .until = "2026-03-01"}};
  const WallTime day = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1));
  ScenarioResult failed = OneCheckThat("hers", Verdict::kFailed);
  MarkKnown(known, day, failed);
  EXPECT_TRUE(failed.steps[0].checks[0].known);
  MarkKnown(known, day + std::chrono::days(1), failed);
  EXPECT_FALSE(failed.steps[0].checks[0].known);
  EXPECT_THAT(UnexpectedPasses(known, day, {OneCheckThat("hers", Verdict::kPassed)}),
              ElementsAre("suite/one@notes hers"));
  EXPECT_THAT(UnexpectedPasses(known, day, {failed}), testing::IsEmpty());
  EXPECT_THAT(UnexpectedPasses(known, day + std::chrono::days(1), {OneCheckThat("hers", Verdict::kPassed)}),
              testing::IsEmpty());
}

}  // namespace
}  // namespace iff
