#include "harness/run/needs.h"

#include <gmock/gmock.h>

#include "harness/run/run_testing.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class NeedsTest : public testing::Test {
 protected:
  NeedsTest() {
    TargetSpec& target = rig_.system.targets.at("tracker");
    target.url = "";
    target.command = {"tracker"};
    const auto nothing = [](Sandbox&, const Json&) -> Result<ProbeOutcome> { return ProbeOutcome{}; };
    rig_.probes["asks"] = {nothing, Aftermath::kAsTheyWere};
    rig_.probes["sends"] = {nothing, Aftermath::kAsTheyWere, Asks::kAnything, Wants::kRunningTarget};
    rig_.probes["meddles"] = nothing;
  }

  std::string WhyFresh(const Scenario& scenario) { return WhyFreshTarget(scenario, rig_.system, rig_.probes); }
  std::string Why(const Scenario& scenario) { return WhyOfItsOwn(scenario, rig_.system, rig_.probes); }
  Scenario With(Action action) {
    Scenario scenario = Honest();
    scenario.steps.push_back({.action = std::move(action)});
    return scenario;
  }
  static Scenario Alone(Scenario scenario) {
    scenario.exclusive = true;
    return scenario;
  }

  RunRig rig_;
};

TEST_F(NeedsTest, WhoIsOnlyAskedForThingsMayBeShared) {
  EXPECT_THAT(Why(Honest()), IsEmpty());
  EXPECT_THAT(Why(With(AttackStep{.attack = "alg-none", .from = "alice", .operation = "read_own"})), IsEmpty());
  EXPECT_THAT(Why(With(MintStep{.name = "late", .from = "alice"})), IsEmpty());
  EXPECT_THAT(Why(With(ProbeStep{.name = "asks"})), IsEmpty());
}

TEST_F(NeedsTest, WhateverIsDoneToThemKeepsThemApart) {
  EXPECT_THAT(Why(With(RevokeStep{.what = "entity", .principal = "alice"})), HasSubstr("revokes"));
  EXPECT_THAT(Why(With(RotateStep{})), HasSubstr("rotates"));
  EXPECT_THAT(Why(With(FaultStep{.component = "vault", .as = "hold"})), HasSubstr("disturbs vault"));
  EXPECT_THAT(Why(With(HealStep{.component = "vault"})), HasSubstr("disturbs vault"));
  EXPECT_THAT(Why(With(ProbeStep{.name = "meddles"})), HasSubstr("nobody knows"));
  EXPECT_THAT(Why(With(ProbeStep{.name = "unheard-of"})), HasSubstr("nobody knows"));
}

TEST_F(NeedsTest, AboutLimitsCountsAndServersThatRememberEverybodyIsMadeAnew) {
  Scenario limited = Honest();
  limited.settings = {{"rate_limit", "3/60"}};
  EXPECT_THAT(Why(limited), HasSubstr("limits"));
  Scenario counts = Honest();
  counts.steps.back().expect.push_back(Expect("grows-not", CountGrows{}));
  EXPECT_THAT(Why(counts), HasSubstr("counts"));
  EXPECT_THAT(Why(Alone(Honest())), HasSubstr("alone"));
  Scenario of_nothing = Honest();
  of_nothing.target = "nothing";
  EXPECT_THAT(Why(of_nothing), HasSubstr("no target"));
  TargetSpec& target = rig_.system.targets.at("tracker");
  const TargetSpec launched = target;
  target.seed_with = "create";
  EXPECT_THAT(Why(Honest()), HasSubstr("keeps"));
  target = launched;
  target.url = "http://127.0.0.1:1";
  EXPECT_THAT(Why(Honest()), HasSubstr("runs on"));
}

TEST_F(NeedsTest, ExclusiveOnesPlayWithTheirLikeAndWhoDisturbsComesLastByItself) {
  const auto of = [](Scenario scenario, const std::string& id) {
    scenario.id = id;
    return Alone(scenario);
  };
  const Scenario seals = With(FaultStep{.component = "vault", .as = "sealed"});
  const std::vector<Scenario> scenarios = {of(seals, "s/seals@one"),
                                           of(Honest(), "s/counts@one"),
                                           Honest(),
                                           of(With(RotateStep{}), "s/rotates@one"),
                                           of(Honest(), "s/counts@two"),
                                           of(seals, "s/seals@two"),
                                           of(With(ProbeStep{.name = "meddles"}), "s/meddles@one")};
  EXPECT_THAT(AloneInTurn(scenarios, rig_.probes),
              ElementsAre(ElementsAre(1, 4), ElementsAre(3), ElementsAre(0), ElementsAre(5), ElementsAre(6)));
}

TEST_F(NeedsTest, GatesStandBeforeWhatIsDisturbedOrBeforeEverythingThatIsLookedAt) {
  Scenario scenario = Honest();
  EXPECT_THAT(GatedComponents(scenario), IsEmpty());
  EXPECT_FALSE(LooksBehind(scenario));
  scenario.steps.push_back(CallOwn("alice", {Expect("quiet", NoSecretIn{{"log", "upstream"}})}));
  EXPECT_FALSE(LooksBehind(scenario));
  scenario.steps.push_back(CallOwn("alice", {Expect("stays", NoSecretIn{{"log", "far_side"}})}));
  EXPECT_TRUE(LooksBehind(scenario));
  scenario.steps.push_back({.action = FaultStep{.component = "vault", .as = "gone"}});
  EXPECT_THAT(GatedComponents(scenario), ElementsAre("vault"));
}

TEST_F(NeedsTest, TheLightestComeFirstAndTheOthersKeepTheirOrder) {
  const Scenario probing = With(ProbeStep{.name = "asks"});
  Scenario often = Honest();
  std::get<CallStep>(often.steps.back().action).sending.times = 500;
  const std::vector<Scenario> scenarios = {probing, often, Honest(), probing, Honest(), Honest()};
  std::deque<size_t> queue = {0, 1, 2, 3, 4, 5};
  LightestFirst(scenarios, 2, queue);
  EXPECT_THAT(queue, ElementsAre(2, 4, 0, 1, 3, 5));
  LightestFirst(scenarios, 9, queue);
  EXPECT_THAT(queue, ElementsAre(2, 4, 5, 0, 3, 1));
  std::deque<size_t> nothing;
  LightestFirst(scenarios, 4, nothing);
  EXPECT_THAT(nothing, IsEmpty());
}

TEST_F(NeedsTest, ATargetThatIsOnlySentRequestsMayHaveServedOthers) {
  EXPECT_THAT(WhyFresh(Honest()), IsEmpty());
  EXPECT_THAT(WhyFresh(With(MintStep{.name = "late", .from = "alice"})), IsEmpty());
  EXPECT_THAT(WhyFresh(With(ProbeStep{.name = "sends"})), IsEmpty());
  Scenario relaxed = Honest();
  relaxed.relaxed = {{"rate_limit", "1000/1"}};
  EXPECT_THAT(WhyFresh(relaxed), IsEmpty());
  // Where principals are made anew for it, its server may have met others.
  rig_.system.targets.at("tracker").seed_with = "create";
  EXPECT_THAT(WhyFresh(Honest()), IsEmpty());
}

TEST_F(NeedsTest, SeveralReplicasAreStartedForEachScenario) {
  TargetSpec& target = rig_.system.targets.at("tracker");
  EXPECT_THAT(WhyFresh(Honest()), IsEmpty());
  target.replicas = 2;
  EXPECT_THAT(WhyFresh(Honest()), HasSubstr("several processes"));
}

TEST_F(NeedsTest, ATargetIsStartedForWhatLooksAtItsStartOrDoesMoreThanAsk) {
  Scenario set = Honest();
  set.settings = {{"rate_limit", "3/60"}};
  EXPECT_THAT(WhyFresh(set), HasSubstr("sets its server"));
  Scenario counts = Honest();
  counts.steps.back().expect.push_back(Expect("grows-not", CountGrows{}));
  EXPECT_THAT(WhyFresh(counts), HasSubstr("counts"));
  Scenario behind = Honest();
  behind.steps.back().expect.push_back(Expect("behind", NoSecretIn{{"far_side"}}));
  EXPECT_THAT(WhyFresh(behind), HasSubstr("gates"));
  Scenario tls = Honest();
  tls.tls = true;
  EXPECT_THAT(WhyFresh(tls), HasSubstr("certificates"));
  EXPECT_THAT(WhyFresh(Alone(Honest())), HasSubstr("plays alone"));
  EXPECT_THAT(WhyFresh(With(RevokeStep{.what = "entity", .principal = "alice"})), HasSubstr("revokes"));
  EXPECT_THAT(WhyFresh(With(RotateStep{})), HasSubstr("rotates"));
  EXPECT_THAT(WhyFresh(With(FaultStep{.component = "vault", .as = "hold"})), HasSubstr("gate stands before vault"));
  EXPECT_THAT(WhyFresh(With(FaultStep{.component = "vault", .as = "sealed"})), HasSubstr("disturbs"));
  EXPECT_THAT(WhyFresh(With(ProbeStep{.name = "asks"})), HasSubstr("looks at its server's process"));
  EXPECT_THAT(WhyFresh(With(ProbeStep{.name = "unheard-of"})), HasSubstr("looks at its server's process"));
  TargetSpec& target = rig_.system.targets.at("tracker");
  target.transport = Transport::kStdio;
  EXPECT_THAT(WhyFresh(Honest()), HasSubstr("stdio"));
  target.transport = Transport::kHttp;
  target.url = "http://127.0.0.1:1/mcp";
  EXPECT_THAT(WhyFresh(Honest()), HasSubstr("not ours to start"));
}

}  // namespace
}  // namespace iff
