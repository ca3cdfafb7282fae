#include "harness/publish/history.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

RunResult RunCalled(const std::string& id, const std::map<std::string, Verdict>& verdicts) {
  RunResult run{.id = id, .started = "2027-01-15T08:00:00.000Z"};
  for (const auto& [scenario, verdict] : verdicts) {
    ScenarioResult result{.id = scenario};
    result.steps.push_back({.checks = {{.id = "check", .verdict = verdict}}});
    run.scenarios.push_back(std::move(result));
  }
  return run;
}

class HistoryFile : public testing::Test {
 protected:
  HistoryFile()
      : folder_(testing::TempDir() + "history-" + std::to_string(getpid()) + "-" +
                testing::UnitTest::GetInstance()->current_test_info()->name()),
        path_(folder_ + "/out/history.jsonl") {
    fs::remove_all(folder_);
  }
  ~HistoryFile() override { fs::remove_all(folder_); }

  void Append(const std::string& id, const std::map<std::string, Verdict>& verdicts, size_t most = 1'000'000) {
    ASSERT_THAT(AppendHistory(path_, RunCalled(id, verdicts), most), IsOk());
  }

  const std::string folder_;
  const std::string path_;
};

TEST_F(HistoryFile, IsReadBackAsItWasWritten) {
  EXPECT_TRUE(ReadHistory(path_).value().empty());
  Append("one", {{"a@x", Verdict::kPassed}, {"b@x", Verdict::kFailed}});
  Append("two", {{"a@x", Verdict::kErrored}});
  const std::vector<PastRun> runs = ReadHistory(path_).value();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].run, "one");
  EXPECT_EQ(runs[0].scenarios.at("a@x"), Verdict::kPassed);
  EXPECT_EQ(runs[0].scenarios.at("b@x"), Verdict::kFailed);
  EXPECT_EQ(runs[1].scenarios.at("a@x"), Verdict::kErrored);
}

TEST_F(HistoryFile, OutlivesACrashInTheMiddleOfALine) {
  Append("one", {{"a@x", Verdict::kPassed}});
  std::ofstream(path_, std::ios::app) << "{\"run\":\"torn\",\"pas";
  EXPECT_EQ(ReadHistory(path_).value().size(), 1U);
  Append("two", {{"a@x", Verdict::kPassed}});
  const std::vector<PastRun> runs = ReadHistory(path_).value();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[1].run, "two");
}

TEST_F(HistoryFile, TakesRunsSideBySide) {
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 8; ++writer) {
    writers.emplace_back([this, writer] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(AppendHistory(path_, RunCalled(std::to_string(writer) + "-" + std::to_string(i),
                                                   {{"a@x", Verdict::kPassed}})),
                    IsOk());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(ReadHistory(path_).value().size(), 160U);
}

TEST_F(HistoryFile, GrowsNoFurtherThanItMay) {
  for (int i = 0; i < 200; ++i) {
    Append("run" + std::to_string(i), {{"a@x", Verdict::kPassed}}, 2'000);
    ASSERT_LE(fs::file_size(path_), 2'000U);
  }
  const std::vector<PastRun> runs = ReadHistory(path_).value();
  ASSERT_GE(runs.size(), 5U);
  // The youngest are those that stay.
  for (size_t i = 0; i < runs.size(); ++i) EXPECT_EQ(runs[i].run, "run" + std::to_string(200 - runs.size() + i));
}

TEST_F(HistoryFile, SaysWhereItCannotBe) {
  fs::create_directories(folder_);
  std::ofstream(folder_ + "/out") << "no folder";
  EXPECT_THAT(AppendHistory(path_, RunCalled("one", {})),
              FailsWith(ErrorKind::kSystem, testing::HasSubstr("history.jsonl")));
}

// Against tables of the interval.
TEST(WilsonInterval, HasTheKnownValues) {
  EXPECT_NEAR(WilsonInterval(0, 10).high, 0.2775, 0.0001);
  EXPECT_EQ(WilsonInterval(0, 10).low, 0);
  EXPECT_NEAR(WilsonInterval(5, 10).low, 0.2366, 0.0001);
  EXPECT_NEAR(WilsonInterval(5, 10).high, 0.7634, 0.0001);
  EXPECT_NEAR(WilsonInterval(1, 100).low, 0.00177, 0.00001);
  EXPECT_NEAR(WilsonInterval(1, 100).high, 0.05449, 0.00001);
  EXPECT_EQ(WilsonInterval(10, 10).high, 1);
  EXPECT_EQ(WilsonInterval(0, 0).high, 1);
}

TEST(Weigh, TellsWhatIsNewFixedRegressedAndStillBad) {
  using enum Verdict;
  const std::vector<PastRun> runs = {
      {"r1",
       "",
       {{"steady", kPassed}, {"fixed", kFailed}, {"regressed", kPassed}, {"bad", kFailed}, {"flaky", kPassed}}},
      {"r2",
       "",
       {{"steady", kPassed}, {"fixed", kFailed}, {"regressed", kPassed}, {"bad", kErrored}, {"flaky", kFailed}}},
      {"r3",
       "",
       {{"steady", kPassed},
        {"fixed", kPassed},
        {"regressed", kFailed},
        {"bad", kFailed},
        {"flaky", kPassed},
        {"new", kPassed},
        {"none", kInapplicable}}},
  };
  std::map<std::string, ScenarioPast> by_id;
  for (const ScenarioPast& past : Weigh(runs)) by_id[past.id] = past;
  EXPECT_EQ(by_id.size(), 6U);
  EXPECT_EQ(by_id["steady"].trend, Trend::kSteady);
  EXPECT_EQ(by_id["fixed"].trend, Trend::kFixed);
  EXPECT_EQ(by_id["fixed"].first_bad, "");
  EXPECT_EQ(by_id["regressed"].trend, Trend::kRegressed);
  EXPECT_EQ(by_id["regressed"].first_bad, "r3");
  EXPECT_EQ(by_id["bad"].trend, Trend::kStillBad);
  EXPECT_EQ(by_id["bad"].first_bad, "r1");
  EXPECT_EQ(by_id["bad"].bad, 3U);
  EXPECT_EQ(by_id["flaky"].turns, 2U);
  EXPECT_NEAR(by_id["flaky"].rate.rate, 1.0 / 3, 1e-9);
  EXPECT_EQ(by_id["new"].trend, Trend::kNew);
}

}  // namespace
}  // namespace iff
