// Steps played more than once, counts and probes, and failures that are known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/run/run_testing.h"
#include "harness/run/runner.h"

namespace iff {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(Runner, CountsTheAnswersOfRepeatedCalls) {
  RunRig rig;
  rig.world.limit = 3;
  Scenario scenario = Honest();
  std::get<CallStep>(scenario.steps[1].action).sending.times = 5;
  scenario.steps[1].expect = {Expect("three", Tally{.what = "succeeded", .exactly = 3}),
                              Expect("then-429", Tally{.what = "429", .exactly = 2}),
                              Expect("last", HeaderIs{"Retry-After", "1"})};
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(result.verdict(), Verdict::kPassed) << CheckIn(result, "three").reason;
  EXPECT_EQ(result.steps[1].title, "alice calls get_issue, 5 times");
}

TEST(Runner, AsksAgainUntilEverythingIsMet) {
  RunRig rig;
  rig.world.busy_for = 3;
  Scenario scenario = Honest();
  std::get<CallStep>(scenario.steps[1].action).sending.eventually = milliseconds(5'000);
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(result.verdict(), Verdict::kPassed);
  EXPECT_EQ(result.steps[1].checks.size(), 1U);
  EXPECT_EQ(result.steps[1].trace.exchanges.size(), 4U);
}

TEST(Runner, GivesUpAskingAgainAndKeepsTheLastVerdict) {
  RunRig rig;
  rig.world.busy_for = 1'000'000;
  Scenario scenario = Honest();
  std::get<CallStep>(scenario.steps[1].action).sending.eventually = milliseconds(100);
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(result.verdict(), Verdict::kFailed);
  ASSERT_EQ(result.steps[1].checks.size(), 1U);
}

TEST(Runner, SendsALabelledRequestAgainWithAnotherCredential) {
  RunRig rig;
  Scenario scenario = Honest();
  scenario.principals.push_back(Given("bob"));
  scenario.steps[1].label = "hers";
  scenario.steps.push_back(Obtain("bob"));
  scenario.steps.push_back(
      {.action = ReplayStep{.sending = {.with = "bob"}, .label = "hers"},
       .expect = {Expect("keeps-hers", Withholds{{"alice"}}), Expect("not-bobs", ToolFails{{"not_found"}})}});
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(result.verdict(), Verdict::kPassed) << result.error;
  EXPECT_EQ(result.steps.back().title, "the request 'hers' is sent again by bob");
  EXPECT_EQ(rig.world.seen_tokens.size(), 2U);
  EXPECT_NE(rig.world.seen_tokens[0], rig.world.seen_tokens[1]);
}

TEST(Runner, ComparesCountsWithThoseBeforeTheScenario) {
  RunRig rig;
  rig.probes["grow"] = [&](Sandbox&, const Json&) -> Result<ProbeOutcome> {
    const std::lock_guard lock(rig.world.mutex);
    rig.world.counts["leases"] += 2;
    return ProbeOutcome{};
  };
  const auto growing = [](int64_t at_most) {
    return ScenarioOf("suite/grow@tracker", {{.action = ProbeStep{.name = "grow"},
                                              .expect = {Expect("grows", CountGrows{"vault", "leases", at_most})}}});
  };
  EXPECT_EQ(CheckIn(rig.RunOne(growing(2)), "grows").verdict, Verdict::kPassed);
  EXPECT_EQ(CheckIn(rig.RunOne(growing(1)), "grows").reason, "expected vault.leases grows by at most 1, saw 2");
}

TEST(Runner, JudgesWhatAProbeFindsAndErrorsWhatItDoesNot) {
  RunRig rig;
  rig.probes["look"] = [](Sandbox& sandbox, const Json& arguments) -> Result<ProbeOutcome> {
    if (AtOr<bool>(arguments, "/fall", false)) return Error(ErrorKind::kInternal, "the probe fell over");
    ProbeOutcome outcome;
    outcome.findings["good"] = {
        .met = sandbox.principals().Find("alice") != nullptr, .expected = "alice", .observed = "alice"};
    outcome.matrix.push_back({.target = "tracker", .caller = "alice", .verdict = Verdict::kPassed});
    return outcome;
  };
  const auto looking = [](const Json& arguments) {
    return ScenarioOf("suite/probe@tracker",
                      {{.action = ProbeStep{.name = "look", .arguments = arguments},
                        .expect = {Expect("good", ProbeFinds{"good"}),
                                   Expect("unasked", UpstreamSaw{.component = "jira", .calls = 0})}}});
  };
  const ScenarioResult good = rig.RunOne(looking(Json::object()));
  EXPECT_EQ(good.verdict(), Verdict::kPassed);
  EXPECT_EQ(good.matrix.size(), 1U);
  const ScenarioResult fallen = rig.RunOne(looking({{"fall", true}}));
  EXPECT_TRUE(NothingBelieved(fallen));
  EXPECT_EQ(CheckIn(fallen, "good").reason, "the probe fell over");
}

// ---- the run

KnownFailure Known(std::string check, std::string until = "2999-01-01") {
  return {
      .scenario = "suite/honest@tracker", .check = std::move(check), .reason = "accepted", .until = std::move(until)};
}

TEST(Runner, MarksAKnownFailureAndStaysGreenBesideAPassedCheck) {
  RunRig rig;
  Scenario scenario = Honest();
  scenario.steps[1].expect.push_back(Expect("refused", RefusesToken{}));
  const RunResult run = rig.Run({scenario}, {.known_failures = {Known("refused")}});
  EXPECT_EQ(CheckIn(run.scenarios[0], "refused").verdict, Verdict::kFailed);
  EXPECT_TRUE(CheckIn(run.scenarios[0], "refused").known);
  EXPECT_EQ(run.totals().known, 1);
  EXPECT_EQ(run.exit_code(), ExitCode::kOk);
  // The day after its last one the entry counts no more.
  const RunResult later = rig.Run({scenario}, {.known_failures = {Known("refused", "2027-01-14")}});
  EXPECT_FALSE(CheckIn(later.scenarios[0], "refused").known);
  EXPECT_EQ(later.exit_code(), ExitCode::kFailed);
}

TEST(Runner, FailsTheRunWhenAKnownFailurePasses) {
  RunRig rig;
  const RunResult run = rig.Run({Honest()}, {.known_failures = {Known("reads-her-own")}});
  EXPECT_EQ(run.unexpected_passes, std::vector<std::string>{"suite/honest@tracker reads-her-own"});
  EXPECT_EQ(run.exit_code(), ExitCode::kFailed);
  const RunResult over = rig.Run({Honest()}, {.known_failures = {Known("reads-her-own", "2020-01-01")}});
  EXPECT_EQ(over.exit_code(), ExitCode::kOk);
}

}  // namespace
}  // namespace iff
