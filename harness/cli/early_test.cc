// Results of what was played early, in their places among the others.
#include "harness/cli/early.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace iff {
namespace {

using ::testing::ElementsAre;

Scenario Called(const std::string& id) {
  Scenario scenario;
  scenario.id = id;
  return scenario;
}

std::vector<std::string> Ids(const RunResult& run) {
  std::vector<std::string> ids;
  for (const ScenarioResult& result : run.scenarios) ids.push_back(result.id);
  return ids;
}

TEST(PutIn, KeepsTheOrderOfTheFilesAndTellsTheFirstVerdict) {
  RunResult run{.scenarios = {{.id = "a", .title = "live"}, {.id = "c"}}};
  PutIn({Called("a"), Called("b"), Called("c"), Called("d")},
        {{"d", {.id = "d", .started_us = 300, .took_us = 50}}, {"b", {.id = "b", .started_us = 500, .took_us = 10}}},
        run);
  EXPECT_THAT(Ids(run), ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(run.scenarios[0].title, "live");
  EXPECT_EQ(run.first_early_us, 350);
}

TEST(PutIn, ChangesNothingWhereNothingWasPlayedEarly) {
  RunResult run{.scenarios = {{.id = "b"}, {.id = "a"}}};
  PutIn({Called("a"), Called("b")}, {}, run);
  EXPECT_THAT(Ids(run), ElementsAre("b", "a"));
  EXPECT_EQ(run.first_early_us, 0);
}

}  // namespace
}  // namespace iff
