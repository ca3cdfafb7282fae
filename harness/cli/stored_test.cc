#include "harness/cli/stored.h"
#include "harness/publish/stored_runs.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/core/result_matchers.h"
#include "harness/publish/history.h"
#include "harness/publish/publish.h"
#include "harness/replay/player.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

RunResult RunCalled(const std::string& id, Verdict verdict) {
  RunResult run{.id = id, .system = "demo", .started = "2027-01-15T08:00:00.000Z"};
  for (const char* name : {"suite/a@jira", "suite/a@github", "other/b@jira"}) {
    ScenarioResult scenario{.id = name, .suite = "suite", .target = "jira"};
    scenario.steps.push_back({.title = "a step", .checks = {{.id = "check", .verdict = verdict}}});
    scenario.recording = {{"recording", 3}, {"id", name}, {"seen", Json::array()}};
    scenario.evidence = {{"id", name}, {"steps", Json::array()}};
    run.scenarios.push_back(std::move(scenario));
  }
  return run;
}

class StoredRuns : public testing::Test {
 protected:
  StoredRuns()
      : places_{.root = testing::TempDir() + "stored-" + std::to_string(getpid()) + "-" +
                        testing::UnitTest::GetInstance()->current_test_info()->name()},
        out_(places_.root + "/reports/out/") {
    fs::remove_all(places_.root);
    for (const char* id : {"20270115-080000-aaaa", "20270116-080000-bbbb"}) {
      const RunResult run = RunCalled(id, id[7] == '5' ? Verdict::kPassed : Verdict::kFailed);
      EXPECT_THAT(Publish(run, Redactor(), out_ + id), IsOk());
      EXPECT_THAT(AppendHistory(HistoryPath(places_.ReportsFolder()), run), IsOk());
    }
  }
  ~StoredRuns() override { fs::remove_all(places_.root); }

  std::vector<std::string> Ids(const std::string& path) const {
    const Result<std::vector<RecordingFile>> files = FindRecordings(path, places_.root, places_.ReportsFolder());
    if (!files.ok()) return {files.error().message()};
    std::vector<std::string> ids;
    for (const RecordingFile& file : *files) ids.push_back(AtOr<std::string>(file.recording, "/id", ""));
    return ids;
  }

  const Places places_;
  const std::string out_;
};

TEST_F(StoredRuns, AreFoundByNameByPathAndAsTheLast) {
  Options options{.folder = places_.root};
  for (const std::string& path :
       {std::string("20270116-080000-bbbb"), std::string("reports/out/20270116-080000-bbbb"),
        out_ + "20270116-080000-bbbb", out_ + "20270116-080000-bbbb/result.json", std::string("last")}) {
    options.path = path;
    EXPECT_THAT(FindRun(options, places_), IsOkAndHolds(out_ + "20270116-080000-bbbb")) << path;
  }
  options.path = "20270117";
  EXPECT_THAT(FindRun(options, places_), FailsWith(ErrorKind::kInvalidInput, HasSubstr("no run is called '20270117'")));
  EXPECT_EQ(ReadRun(out_ + "20270116-080000-bbbb").value().scenarios.size(), 3U);
}

TEST_F(StoredRuns, HaveTheirRecordingsFoundByRunSuiteScenarioAndFile) {
  EXPECT_THAT(Ids("last"), SizeIs(3));
  EXPECT_THAT(Ids("20270115-080000-aaaa"), SizeIs(3));
  EXPECT_THAT(Ids("last/suite"), SizeIs(2));
  EXPECT_THAT(Ids("last/suite/a"), SizeIs(2));
  EXPECT_THAT(Ids("last/suite/a@jira"), ElementsAre("suite/a@jira"));
  EXPECT_THAT(Ids(out_ + "20270115-080000-aaaa/other/b@jira"), ElementsAre("other/b@jira"));
  EXPECT_THAT(Ids("reports/out/20270115-080000-aaaa/recordings/other/b@jira.yaml"), ElementsAre("other/b@jira"));
  EXPECT_THAT(Ids("last/other/c"), ElementsAre(HasSubstr("no recording is called 'last/other/c'")));
  EXPECT_THAT(Ids("reports/out/20270115-080000-aaaa/result.json"), ElementsAre(HasSubstr("this is no recording")));
}

TEST_F(StoredRuns, AreToldAsHistory) {
  std::vector<std::string> lines;
  const Say say = [&](std::string_view line) { lines.emplace_back(line); };
  Options options;
  options.selectors = {"suite/a@jira"};
  EXPECT_EQ(TellHistory(places_, options, say), 0);
  EXPECT_THAT(lines, ElementsAre("suite/a@jira: bad in 1 of 2 runs, 50.0% (9.5% to 90.5%), turned 1 times, regressed, "
                                 "bad since 20270116-080000-bbbb",
                                 "3 scenarios in 2 runs, 3 regressed"));
  lines.clear();
  options.selectors = {"nothing"};
  EXPECT_EQ(TellHistory(places_, options, say), 64);
  EXPECT_THAT(lines, ElementsAre("iff: no run has played 'nothing'"));
}

}  // namespace
}  // namespace iff
