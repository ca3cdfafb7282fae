#include "harness/cli/merge.h"
#include "harness/publish/stored_runs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"
#include "harness/publish/publish.h"
#include "harness/publish/shards.h"
#include "harness/run/result_merge.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class MergeTest : public testing::Test {
 protected:
  MergeTest()
      : folder_(testing::TempDir() + "merge-" + std::to_string(getpid()) + "-" +
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(folder_);
    for (int i = 0; i < 40; ++i)
      whole_.push_back({.id = "suite/story-" + std::to_string(40 - i) + "@jira", .suite = "suite"});
  }
  ~MergeTest() override { fs::remove_all(folder_); }

  // What a machine leaves that has run these scenarios.
  static RunResult Played(const std::vector<Scenario>& scenarios) {
    RunResult run{
        .id = "20270115-080000-abcd", .system = "demo", .started = "2027-01-15T08:00:00.000Z", .command = "iff run"};
    for (const Scenario& scenario : scenarios) {
      ScenarioResult result{.id = scenario.id, .suite = scenario.suite};
      result.steps.push_back({.title = "alice calls"});
      result.steps[0].checks.push_back(
          {.id = "succeeds", .verdict = Verdict::kPassed, .expected = "e", .observed = "o"});
      result.recording = {{"recording", 3}, {"id", scenario.id}, {"seen", Json::array()}};
      result.evidence = {{"id", scenario.id}};
      run.scenarios.push_back(std::move(result));
    }
    return run;
  }

  Options PublishShards(int of) {
    Options options{.command = "merge", .output = folder_ + "/whole"};
    const Redactor nothing;
    for (int index = 1; index <= of; ++index) {
      const Shard shard{.index = index, .of = of};
      RunResult run = Played(PartOf(whole_, shard));
      NotePlaces(whole_, shard, run);
      options.selectors.push_back(folder_ + "/" + std::to_string(index));
      EXPECT_THAT(Publish(run, nothing, options.selectors.back(), {.forms = {"json"}}), IsOk());
    }
    return options;
  }

  int Merge(const Options& options) {
    said_.clear();
    return MergeRuns(options, ".", shapes_, [this](std::string_view line) { said_ += std::string(line) + "\n"; });
  }

  const std::string folder_;
  std::vector<Scenario> whole_;
  SecretShapes shapes_;
  std::string said_;
};

TEST_F(MergeTest, PutsEightShardsTogetherAgain) {
  Options options = PublishShards(8);
  options.forms = {"junit"};
  EXPECT_EQ(Merge(options), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("PASSED  Everything as expected: 40 checks"));
  const Result<RunResult> merged = ReadRun(options.output);
  ASSERT_THAT(merged, IsOk());
  EXPECT_EQ(ToJson(*merged), ToJson(Played(whole_)));
  EXPECT_TRUE(fs::exists(options.output + "/junit.xml"));
  // What was kept of each scenario comes along: the whole can be replayed and judged again.
  for (const Scenario& scenario : whole_) {
    EXPECT_TRUE(fs::exists(options.output + "/recordings/" + scenario.id + ".yaml")) << scenario.id;
    EXPECT_TRUE(fs::exists(options.output + "/evidence/" + scenario.id + ".json")) << scenario.id;
  }
}

// A result may come from anywhere; what has not passed the gate is not published because it says it has.
TEST_F(MergeTest, PublishesNothingThatLooksLikeASecret) {
  const Options options = PublishShards(2);
  RunResult run = ReadRun(options.selectors[0]).value();
  run.scenarios[0].steps[0].title =
      "Bearer " + Base64Url("{\"alg\":\"RS256\"}") + "." + Base64Url("{}") + "." + std::string(86, 'x');
  EXPECT_THAT(Publish(run, Redactor(), options.selectors[0], {.forms = {"json"}}), IsOk());
  EXPECT_EQ(Merge(options), 2);
  EXPECT_THAT(said_, HasSubstr("the reports held secrets: a signed token in result.json"));
  EXPECT_FALSE(fs::exists(options.output));

  run.scenarios[0].steps[0].title = "vlt." + std::string(24, 'x');
  EXPECT_THAT(Publish(run, Redactor(), options.selectors[0], {.forms = {"json"}}), IsOk());
  shapes_.Add({.kind = "a token of a vault", .begins = "vlt.", .least = 24});
  EXPECT_EQ(Merge(options), 2);
  EXPECT_THAT(said_, HasSubstr("the reports held secrets: a token of a vault in result.json"));
  EXPECT_FALSE(fs::exists(options.output));
}

TEST_F(MergeTest, SaysInOneLineWhatDoesNotFit) {
  Options options = PublishShards(3);
  options.selectors.pop_back();
  EXPECT_EQ(Merge(options), 64);
  EXPECT_EQ(said_, "iff: merge: shard 3/3 is missing\n");
  options.selectors.push_back(folder_ + "/no-such-run");
  EXPECT_EQ(Merge(options), 64);
  EXPECT_EQ(said_, "iff: read " + folder_ + "/no-such-run: no such file\n");
  EXPECT_FALSE(fs::exists(options.output));
}

TEST_F(MergeTest, TakesEveryScenarioIntoExactlyOneShard) {
  for (const int of : {1, 2, 8, 100}) {
    size_t sum = 0;
    for (int index = 1; index <= of; ++index) sum += PartOf(whole_, {.index = index, .of = of}).size();
    EXPECT_EQ(sum, whole_.size()) << of;
  }
  EXPECT_EQ(PartOf(whole_, {}).size(), whole_.size());
}

}  // namespace
}  // namespace iff
