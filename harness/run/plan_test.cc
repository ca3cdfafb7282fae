#include "harness/run/plan.h"

#include <gmock/gmock.h>

#include "harness/run/run_testing.h"

namespace iff {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAreArray;

Plan PlanOn(const RunRig& rig, const std::vector<Scenario>& scenarios) {
  return MakePlan(scenarios, {.driver_registry = rig.driver_registry, .system = rig.system, .probes = rig.probes});
}

std::vector<std::string> Says(const PlannedScenario& scenario) {
  std::vector<std::string> says;
  for (const PlannedStep& step : scenario.steps) says.push_back(step.says);
  return says;
}

Scenario Disturbing() {
  Scenario scenario =
      ScenarioOf("suite/disturbs@tracker",
                 {Obtain("alice"),
                  {.action = RevokeStep{.what = "sessions", .principal = "alice"}, .expect = {}},
                  {.action = AttackStep{.attack = "alg-none", .from = "alice", .operation = "read_own"},
                   .expect = {Expect("refused", RefusesToken{})}},
                  {.action = CallStep{.sending = {.with = "alice", .times = 4}, .operation = "read_own", .of = "bob"},
                   .expect = {Expect("kept", Withholds{{"bob"}})}}});
  scenario.principals = {Given("alice"), Given("bob")};
  return scenario;
}

Scenario AboutNobody() {
  Scenario scenario = Honest("suite/elsewhere@nowhere");
  scenario.target = "nowhere";
  return scenario;
}

Scenario WithoutATool() {
  return ScenarioOf("suite/creates@tracker", {Obtain("alice"),
                                              {.action = CallStep{.sending = {.with = "alice"}, .operation = "create"},
                                               .expect = {Expect("made", ToolSucceeds{})}}});
}

TEST(Plan, SaysWhoAsksWhomForWhat) {
  const RunRig rig;
  const Plan plan = PlanOn(rig, {Disturbing()});
  ASSERT_EQ(plan.scenarios.size(), 1U);
  const PlannedScenario& scenario = plan.scenarios[0];
  EXPECT_THAT(scenario.principals, ElementsAre("alice, who holds jira", "bob, who holds jira"));
  EXPECT_THAT(Says(scenario), ElementsAre("alice logs in at issuer", "issuer: sessions of alice is revoked",
                                          HasSubstr("attack alg-none with the token of alice, on get_issue"),
                                          R"(alice calls get_issue {"key":"{of.tag}"} for what is bob's)"));
  EXPECT_THAT(scenario.Requests(),
              UnorderedElementsAreArray(std::map<std::string, int64_t>{{"issuer", 2}, {"tracker", 7}}));
  EXPECT_TRUE(scenario.own_people) << "whose sessions end is not handed on";
}

TEST(Plan, SaysWhatIsStartedAndWherePeopleAreMade) {
  const RunRig rig;
  const Plan plan = PlanOn(rig, {Honest()});
  ASSERT_EQ(plan.components.size(), 3U);
  EXPECT_EQ(plan.components[0].is, "issuer");
  EXPECT_EQ(plan.components[1].is, "secret store");
  EXPECT_THAT(plan.components[2].lasts, HasSubstr("each scenario"));
  ASSERT_EQ(plan.targets.size(), 1U);
  EXPECT_FALSE(plan.targets[0].launched);
  EXPECT_THAT(plan.targets[0].is, HasSubstr("runs already at http://"));
  EXPECT_THAT(plan.targets[0].people_at, AllOf(HasSubstr("issuer (issuer)"), HasSubstr("vault (secret store)")));
}

TEST(Plan, FoldsWhatIsNotPlayedByItsReason) {
  const RunRig rig;
  Scenario again = WithoutATool();
  again.id = "suite/creates-again@tracker";
  const Plan plan = PlanOn(rig, {Honest(), WithoutATool(), again, AboutNobody()});
  EXPECT_EQ(plan.scenarios.size(), 1U);
  ASSERT_EQ(plan.left_out.size(), 2U);
  const std::string text = PlanText(plan, false);
  EXPECT_THAT(text, HasSubstr("'create': suite/creates@tracker, suite/creates-again@tracker\n"));
  EXPECT_THAT(text, HasSubstr("1 scenario, 3 not played"));
  EXPECT_THAT(PlanText(plan, true), AllOf(HasSubstr("2 scenarios"), Not(HasSubstr("logs in"))));
}

TEST(Plan, CountsWhatEachReplicaIsAsked) {
  RunRig rig;
  rig.system.targets["tracker"].replicas = 3;
  EXPECT_EQ(PlanOn(rig, {Honest()}).Requests().at("tracker"), 3);
}

// Whatever the run plays was in the plan, and what it does not play for a reason that files tell was not.
TEST(Plan, HoldsEveryScenarioThatARunPlays) {
  RunRig rig;
  const std::vector<Scenario> scenarios = {Honest(), Disturbing(), WithoutATool(), AboutNobody()};
  const Plan plan = PlanOn(rig, scenarios);
  std::vector<std::string> planned;
  for (const PlannedScenario& scenario : plan.scenarios) planned.push_back(scenario.id);
  std::vector<std::string> played;
  for (const ScenarioResult& result : rig.Run(scenarios).scenarios) {
    if (result.inapplicable.empty()) played.push_back(result.id);
  }
  EXPECT_THAT(played, Not(IsEmpty()));
  EXPECT_THAT(planned, UnorderedElementsAreArray(played));
}

TEST(Plan, SendsNothing) {
  RunRig rig;
  (void)PlanText(PlanOn(rig, {Honest(), Disturbing()}), false);
  const std::lock_guard lock(rig.world.mutex);
  EXPECT_THAT(rig.world.seen_tokens, IsEmpty());
  EXPECT_THAT(rig.world.principals, IsEmpty());
  EXPECT_THAT(rig.world.done, IsEmpty());
}

TEST(PlanJson, HasEveryStep) {
  const RunRig rig;
  const Json json = PlanJson(PlanOn(rig, {Honest(), AboutNobody()}));
  EXPECT_EQ(json["scenarios"][0]["steps"].size(), 2U);
  EXPECT_EQ(json["not_played"][0]["scenarios"][0], "suite/elsewhere@nowhere");
  EXPECT_EQ(json["requests"]["tracker"], 1);
}

}  // namespace
}  // namespace iff
