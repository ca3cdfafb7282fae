#include "harness/replay/judge_again.h"

#include <gmock/gmock.h>

#include "harness/core/result_matchers.h"
#include "harness/run/run_testing.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Scenario Everything() {
  Step attack = {.action = AttackStep{.attack = "alg-none", .from = "alice", .operation = "read_own"},
                 .expect = {Expect("forged-is-refused", RefusesToken{})}};
  Step others =
      CallOwn("bob", {Expect("not-alices", Withholds{{"alice"}}), Expect("says-why", ToolFails{{"not_found"}})});
  std::get<CallStep>(others.action).of = "alice";
  Scenario scenario = ScenarioOf(
      "suite/all@tracker",
      {Obtain("alice"),
       Obtain("bob"),
       CallOwn(
           "alice",
           {Expect("hers", Discloses{{"alice"}}),
            Expect("asked", UpstreamSaw{.component = "jira", .calls = 1, .owner = "alice"}),
            Expect("audited", Audited{.component = "vault", .owner = "alice", .operation = "read", .times = 1}),
            Expect("quiet", NoSecretIn{{"answer", "upstream"}}), Expect("in-time", Within{std::chrono::seconds(60)}),
            Expect("count", Tally{.what = "succeeded", .exactly = 1}),
            Expect("grows", CountGrows{"vault", "leases", 0})}),
       others,
       attack,
       {.action = ProbeStep{.name = "look"}, .expect = {Expect("found", ProbeFinds{"thing"})}}});
  scenario.subjects = {Given("alice"), Given("bob")};
  return scenario;
}

ProbeSet Probes() {
  return {{"look", [](Stage&, const Json&) -> Result<ProbeOutcome> {
             ProbeOutcome outcome;
             outcome.findings["thing"] = {.met = true, .expected = "a thing", .observed = "a thing"};
             return outcome;
           }}};
}

// As it is read from the disk.
Json Stored(const ScenarioResult& result) { return ParseJson(Dump(result.evidence)).value(); }

void ExpectSameVerdicts(const std::function<void(FakeWorld&)>& spoil) {
  RunRig rig;
  rig.probes = Probes();
  spoil(rig.world);
  const Scenario scenario = Everything();
  const ScenarioResult result = rig.RunOne(scenario);
  const Result<JudgedAgain> again = JudgeAgain(scenario, result, Stored(result));
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->differences, IsEmpty());
  EXPECT_EQ(again->result.verdict(), result.verdict());
  EXPECT_TRUE(rig.redactor.Scan(Dump(result.evidence)).empty());
}

TEST(JudgeAgain, FindsWhatWasFound) {
  ExpectSameVerdicts([](FakeWorld&) {});
  ExpectSameVerdicts([](FakeWorld& world) { world.discloses_all = true; });
  ExpectSameVerdicts([](FakeWorld& world) { world.takes_forged = true; });
  ExpectSameVerdicts([](FakeWorld& world) { world.passes_through = true; });
  ExpectSameVerdicts([](FakeWorld& world) { world.asks_upstream = false; });
  ExpectSameVerdicts([](FakeWorld& world) { world.echoes = true; });
  ExpectSameVerdicts([](FakeWorld& world) { world.valid_left = 2; });
  ExpectSameVerdicts([](FakeWorld& world) { world.ledger_problem = "connection refused"; });
  ExpectSameVerdicts([](FakeWorld& world) { world.locked_out = {"bob"}; });
  ExpectSameVerdicts([](FakeWorld& world) { world.ill["vault"] = "it has ended"; });
}

TEST(JudgeAgain, KnowsThePeopleOfTheStepsBeforeAndOfRunsStoredEarlier) {
  RunRig rig;
  rig.probes = Probes();
  const Scenario scenario = Everything();
  const ScenarioResult result = rig.RunOne(scenario);
  Json stored = Stored(result);
  Json people;
  int told = 0;
  for (Json& step : stored["steps"]) {
    if (!step.is_object() || !step.contains("people")) continue;
    ++told;
    people = step["people"];
    step.erase("people");
  }
  EXPECT_EQ(told, 1);
  const Result<JudgedAgain> nobody = JudgeAgain(scenario, result, stored);
  ASSERT_THAT(nobody, IsOk());
  EXPECT_FALSE(nobody->differences.empty()) << "nothing is judged by who is on the stage";

  for (Json& step : stored["steps"]) {  // as it was once written
    if (!step.is_object()) continue;
    step["role_of"] = people["role_of"];
    for (const Json& role : people["with_canary"]) {
      const auto name = role.get<std::string>();
      if (!step["canary"].contains(name)) step["canary"][name] = "(not in this answer)";
    }
  }
  const Result<JudgedAgain> again = JudgeAgain(scenario, result, stored);
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->differences, IsEmpty());
}

TEST(JudgeAgain, KnowsThePeopleOfAStepThatWasTriedAgain) {
  RunRig rig;
  Scenario scenario = Honest();
  rig.world.valid_left = 0;  // never lets anybody in, so that it asks until the time is over
  std::get<CallStep>(scenario.steps[1].action).sending.eventually = std::chrono::milliseconds(120);
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(result.verdict(), Verdict::kFailed);
  const Json stored = Stored(result);
  EXPECT_TRUE(stored["steps"][1].contains("people"));
  const Result<JudgedAgain> again = JudgeAgain(scenario, result, stored);
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->differences, IsEmpty());
}

TEST(JudgeAgain, GoesByWhatIsExpectedNow) {
  RunRig rig;
  rig.probes = Probes();
  Scenario scenario = Everything();
  const ScenarioResult result = rig.RunOne(scenario);
  ASSERT_EQ(result.verdict(), Verdict::kPassed) << result.error;
  scenario.steps[2].expect[1] = Expect("asked", UpstreamSaw{.component = "jira", .calls = 2, .owner = "alice"});
  scenario.steps[3].expect = {Expect("status", HttpStatusIs{{200}})};
  const Result<JudgedAgain> again = JudgeAgain(scenario, result, Stored(result));
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->differences, ElementsAre(HasSubstr("check asked failed, was passed: expected jira saw 2 calls"),
                                              "check status is new: passed", "check not-alices is gone, was passed",
                                              "check says-why is gone, was passed"));
  EXPECT_EQ(again->result.verdict(), Verdict::kFailed);
}

TEST(JudgeAgain, RefusesEvidenceThatIsNone) {
  ScenarioResult stored;
  Json evidence = {{"steps", {nullptr, nullptr, {{"answer", nullptr}}}}};
  EXPECT_THAT(JudgeAgain(Everything(), stored, evidence),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("step 3: this is no stored observation")));
}

TEST(SameSteps, DoesNotMindWhatIsExpected) {
  const Json one = {{"steps", {{{"call", "read_own"}, {"expect", {1}}}}}, {"title", "a"}};
  const Json other = {{"steps", {{{"call", "read_own"}, {"expect", {2}}}}}, {"title", "b"}};
  const Json third = {{"steps", {{{"call", "read_of"}, {"expect", {1}}}}}, {"title", "a"}};
  EXPECT_TRUE(SameSteps(one, other));
  EXPECT_FALSE(SameSteps(one, third));
}

}  // namespace
}  // namespace iff
