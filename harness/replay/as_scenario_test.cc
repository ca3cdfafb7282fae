#include "harness/replay/as_scenario.h"

#include <gmock/gmock.h>

#include "harness/core/result_matchers.h"
#include "harness/core/yaml.h"
#include "harness/run/recording.h"
#include "harness/run/run_testing.h"
#include "harness/scenario/load.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kStory = R"(
id: suite/story
title: alice gets what is hers
target: tracker
given: {principals: [alice, bob]}
steps:
  - {obtain: alice, for: alice}
  - {obtain: bob, for: bob}
  - {call: read_own, with: alice, expect: [{check: hers, level: must, discloses: alice}]}
  - {call: read_own, of: alice, with: bob}
  - {call: read_own, of: alice}
  - {call: read_own, with: alice, times: 2}
)";

Vocabulary Words() {
  return {.targets = {"tracker"},
          .personas = {"alice", "bob"},
          .components = {{"jira", Protocol::kHttp}, {"vault", Protocol::kHttp}},
          .operations = {"read_own"},
          .tools = {"get_issue"}};
}

Scenario Read(const std::string& text, const std::string& suite) {
  const Result<std::vector<Scenario>> read = ParseScenario("story.yaml", text, suite, Words());
  EXPECT_THAT(read, IsOk());
  return read.ok() ? read->front() : Scenario();
}

TEST(AsScenario, HoldsAServerToWhatItDid) {
  RunRig rig;
  const ScenarioResult result = rig.RunOne(Read(kStory, "suite"));
  ASSERT_EQ(result.verdict(), Verdict::kPassed) << result.error;
  const Result<Json> scenario = AsScenario(result.recording, "regressions/story");
  ASSERT_THAT(scenario, IsOk());
  const std::string text = ScenarioText(*scenario, "../scenario.schema.json");
  EXPECT_THAT(text, HasSubstr("# yaml-language-server: $schema=../scenario.schema.json\nid: regressions/story\n"));
  EXPECT_THAT(text, HasSubstr("{check: as-recorded-3-outcome, level: must, tool: succeeds}"));
  EXPECT_THAT(text, HasSubstr("as-recorded-4-outcome"));
  EXPECT_THAT(text, HasSubstr("as-recorded-5-status"));
  EXPECT_THAT(text, Not(HasSubstr("as-recorded-6")));

  // It is read without a mistake, passes here, and notices another behaviour.
  const Scenario regression = Read(text, "regressions");
  EXPECT_EQ(regression.id, "regressions/story@tracker");
  EXPECT_EQ(rig.RunOne(regression).verdict(), Verdict::kPassed);
  rig.world.discloses_all = true;
  const ScenarioResult changed = rig.RunOne(regression);
  EXPECT_EQ(CheckIn(changed, "as-recorded-4-outcome").verdict, Verdict::kFailed);
  rig.world.discloses_all = false;
  rig.world.asks_upstream = false;
  EXPECT_EQ(CheckIn(rig.RunOne(regression), "as-recorded-3-calls-at-jira").verdict, Verdict::kFailed);
}

TEST(AsScenario, TakesNoBadExample) {
  RunRig rig;
  rig.world.asks_upstream = false;
  std::string story = kStory;
  const std::string from = "[{check: hers, level: must, discloses: alice}]";
  story.replace(story.find(from), from.size(), "[{check: asked, level: must, upstream: {component: jira, calls: 1}}]");
  const ScenarioResult result = rig.RunOne(Read(story, "suite"));
  ASSERT_EQ(result.verdict(), Verdict::kFailed);
  const std::string text = ScenarioText(AsScenario(result.recording, "regressions/story").value(), "");
  EXPECT_THAT(text, Not(HasSubstr("as-recorded-3")));
  EXPECT_THAT(text, HasSubstr("as-recorded-4"));
}

TEST(AsScenario, NeedsTheStepsThemselves) {
  RunRig rig;
  EXPECT_THAT(AsScenario(rig.RunOne(Honest()).recording, "a/b"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("holds no scenario")));
}

}  // namespace
}  // namespace iff
