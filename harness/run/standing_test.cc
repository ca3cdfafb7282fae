// What a run says of a clause: each kind, and what it rests on.
#include "harness/run/standing.h"

#include <gtest/gtest.h>

namespace iff {
namespace {

ScenarioResult Scenario(std::string id, std::vector<Check> checks) {
  ScenarioResult scenario{.id = std::move(id)};
  scenario.steps = {StepResult{.checks = std::move(checks)}};
  return scenario;
}

std::string StandingAfter(std::vector<ScenarioResult> scenarios, HeldClause clause) {
  RunResult run{.scenarios = std::move(scenarios)};
  run.clauses = {std::move(clause)};
  const std::vector<Standing> standings = StandingsOf(run);
  EXPECT_EQ(standings.size(), 1U);
  return Told(standings.front());
}

const HeldClause kTwo{.name = "RFC 1", .checks = {"tokens/a:one", "tokens/b:two"}};

TEST(StandingTest, IsTestedWhenAllThatWasJudgedPassedAtEveryTarget) {
  EXPECT_EQ(StandingAfter({Scenario("tokens/a@jira", {{.id = "one", .verdict = Verdict::kPassed}}),
                           Scenario("tokens/a@github", {{.id = "one", .verdict = Verdict::kPassed},
                                                        {.id = "another", .verdict = Verdict::kFailed}})},
                          kTwo),
            "tested: 2 passed");
}

TEST(StandingTest, IsBrokenByOneFailureKnownOrNotWhateverElseWasSeen) {
  EXPECT_EQ(StandingAfter({Scenario("tokens/a@jira", {{.id = "one", .verdict = Verdict::kErrored}}),
                           Scenario("tokens/b@jira", {{.id = "two", .verdict = Verdict::kFailed, .known = true}})},
                          kTwo),
            "broken: 1 of 2 failed");
}

TEST(StandingTest, IsNotObservedWhenACheckCouldNotBeJudged) {
  EXPECT_EQ(StandingAfter({Scenario("tokens/a@jira", {{.id = "one", .verdict = Verdict::kPassed}}),
                           Scenario("tokens/b@jira", {{.id = "two", .verdict = Verdict::kErrored}})},
                          kTwo),
            "not observed: 1 of 2 could not be judged");
}

TEST(StandingTest, SaysWhyNothingWasJudged) {
  EXPECT_EQ(StandingAfter({Scenario("others/a@jira", {{.id = "one", .verdict = Verdict::kPassed}})}, kTwo),
            "not observed: not played");
  ScenarioResult none{.id = "tokens/a@jira", .inapplicable = "the target has no tokens"};
  EXPECT_EQ(StandingAfter({none}, kTwo), "not observed: does not apply: the target has no tokens");
  EXPECT_EQ(StandingAfter(
                {Scenario("tokens/b@jira", {{.id = "two", .verdict = Verdict::kInapplicable, .reason = "no key set"}})},
                kTwo),
            "not observed: does not apply: no key set");
}

TEST(StandingTest, IsExcludedForTheReasonThatIsWritten) {
  EXPECT_EQ(StandingAfter({}, {.name = "RFC 2", .excluded = "between others"}), "excluded: between others");
}

}  // namespace
}  // namespace iff
