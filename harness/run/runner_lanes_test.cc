// Exclusive scenarios in lanes, with fakes for components that hold them.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>

#include "harness/launch/launcher.h"
#include "harness/run/needs.h"
#include "harness/run/run_testing.h"

namespace iff {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A fake's part of a lane; its address tells which.
template <class T>
class InALane final : public T {
 public:
  InALane(FakeWorld& world, std::string name, Endpoint endpoint, std::string lane)
      : T(world, std::move(name), std::move(endpoint)), lane_(std::move(lane)) {}
  ~InALane() override {
    const std::lock_guard lock(this->world_.mutex);
    this->world_.done.push_back("end of " + this->name() + "'s part");
  }
  Facts facts() const override { return FactsOf(this->endpoint(), lane_); }
  static Facts FactsOf(const Endpoint& endpoint, const std::string& lane) {
    return {{"url", {endpoint.Url()}}, {"place", {lane, false}}};
  }

 private:
  std::string lane_;
};

template <class T>
class HoldsLanes final : public T, public LaneHome {
 public:
  using T::T;
  Facts facts() const override { return InALane<T>::FactsOf(this->endpoint(), "home"); }
  void LeaveLanes() override {}
  Result<Recipe> LaneRecipe(const std::string& lane) override {
    Recipe recipe;
    recipe.name = this->name();
    recipe.facts = [lane](const Json&, const Endpoint& endpoint) -> Result<Facts> {
      return InALane<T>::FactsOf(endpoint, lane);
    };
    recipe.attach = [this, lane](const StartContext& context,
                                 const Attachment& at) -> Result<std::unique_ptr<Component>> {
      return std::unique_ptr<Component>(new InALane<T>(this->world_, context.name, at.endpoint, lane));
    };
    return recipe;
  }
};

template <class T>
Recipe LaneRecipeOf(FakeWorld& world, std::string name) {
  return {.name = std::move(name),
          .facts = [](const Json&, const Endpoint& endpoint) -> Result<Facts> {
            return InALane<T>::FactsOf(endpoint, "home");
          },
          .start = [&world](const StartContext& context) -> Result<std::unique_ptr<Component>> {
            return std::unique_ptr<Component>(new HoldsLanes<T>(world, context.name, context.port->endpoint()));
          }};
}

class RunnerLanesTest : public testing::Test {
 protected:
  RunnerLanesTest() {
    rig_.launcher = launcher_.get();
    rig_.catalogue.Add(LaneRecipeOf<FakeTokenIssuer>(rig_.world, "laned-issuer"));
    rig_.catalogue.Add(LaneRecipeOf<FakeSecretStore>(rig_.world, "laned-vault"));
    rig_.system.components[0].recipe = "laned-issuer";
    rig_.system.components[1].recipe = "laned-vault";
    // Nobody speaks to it here, so it is never launched.
    Target().url = "";
    Target().transport = Transport::kStdio;
    Target().command = {"/bin/true"};
    Target().environment = {
        {"ISSUER", "${issuer.url} ${issuer.place}"}, {"VAULT", "${vault.place}"}, {"JIRA", "${jira.url}"}};
    rig_.probes["where"] = {
        [this](Stage& stage, const Json&) -> Result<ProbeOutcome> {
          const std::string place = stage.ground().environment.facts().at("vault").at("place").value;
          const std::lock_guard lock(mutex_);
          places_.push_back(place == "home" || place == stage.ground().lane ? place.substr(0, 5) : "?");
          return ProbeOutcome{};
        },
        Aftermath::kAsTheyWere};
  }

  TargetSpec& Target() { return rig_.system.targets.at("tracker"); }
  static Scenario Asking(const std::string& id, bool exclusive, const std::string& probe = "where") {
    Scenario scenario = ScenarioOf(id, {{.action = ProbeStep{.name = probe}}});
    scenario.exclusive = exclusive;
    return scenario;
  }
  RunResult Run(const std::vector<Scenario>& scenarios) {
    Ground& ground = rig_.ground();
    LanePool lanes(ground.environment, *launcher_, {});
    ground.lanes = &lanes;
    const RunResult run = rig_.Run(scenarios, {.jobs = 4, .lanes = wants_lanes_});
    ground.lanes = nullptr;
    return run;
  }
  std::string Why(const Scenario& scenario) {
    LanePool lanes(rig_.ground().environment, *launcher_, {});
    return WhyNoLane(scenario, rig_.system, rig_.probes, rig_.ground().environment.facts(), lanes.Promised().value());
  }

  std::unique_ptr<ProcessLauncher> launcher_ = ProcessLauncher::Start({}).value();
  RunRig rig_;
  std::mutex mutex_;
  std::vector<std::string> places_;
  bool wants_lanes_ = true;
};

TEST_F(RunnerLanesTest, PlaysExclusiveScenariosEachInALaneOfItsOwn) {
  const RunResult run = Run({Asking("suite/a@tracker", true), Asking("suite/b@tracker", false)});
  for (const ScenarioResult& scenario : run.scenarios) EXPECT_THAT(scenario.error, IsEmpty()) << scenario.id;
  std::sort(places_.begin(), places_.end());
  EXPECT_THAT(places_, ElementsAre("home", "lane-"));
  // Its people went with it, the last component first, and nobody was removed from it before.
  std::vector<std::string> ends = rig_.world.done;
  std::erase_if(ends, [](const std::string& line) { return !line.starts_with("end of"); });
  EXPECT_THAT(ends, ElementsAre("end of vault's part", "end of issuer's part"));
}

TEST_F(RunnerLanesTest, PlaysThemSideBySide) {
  std::atomic<int> playing = 0;
  rig_.probes["meet"] = {
      [&](Stage&, const Json&) -> Result<ProbeOutcome> {
        ++playing;
        TRY(Eventually(Deadline::In(milliseconds(20'000)), [&]() -> Result<bool> { return playing >= 3; }));
        return ProbeOutcome{};
      },
      Aftermath::kAsTheyWere};
  const RunResult run = Run({Asking("suite/a@tracker", true, "meet"), Asking("suite/b@tracker", true, "meet"),
                             Asking("suite/c@tracker", false, "meet")});
  for (const ScenarioResult& scenario : run.scenarios) EXPECT_THAT(scenario.error, IsEmpty()) << scenario.id;
}

TEST_F(RunnerLanesTest, PlaysAloneWhoDisturbsWhatAllLanesLiveIn) {
  Scenario seals = Asking("suite/seals@tracker", true);
  seals.steps.push_back({.action = FaultStep{.component = "vault", .as = "sealed"}});
  const RunResult run = Run({seals, Asking("suite/a@tracker", true)});
  std::sort(places_.begin(), places_.end());
  EXPECT_THAT(places_, ElementsAre("home", "lane-"));
  EXPECT_THAT(Why(seals), HasSubstr("disturbs a component"));
  EXPECT_THAT(Why(Asking("suite/b@tracker", true, "unheard-of")), HasSubstr("disturbs a component"));
}

TEST_F(RunnerLanesTest, WhoTakesAFactForGrantedIsNotLedIntoALane) {
  EXPECT_THAT(Why(Asking("suite/a@tracker", true)), IsEmpty());
  Target().environment["VAULT"] = "${vault.url}";
  EXPECT_EQ(Why(Asking("suite/a@tracker", true)), "its server is told nothing of vault that differs from lane to lane");
  Target().command.push_back("--at=${vault.place}");
  EXPECT_THAT(Why(Asking("suite/a@tracker", true)), IsEmpty());
  Target().command.pop_back();
  Target().environment["VAULT"] = "none";  // nor is it told of it at all
  EXPECT_THAT(Why(Asking("suite/a@tracker", true)), IsEmpty());
  Target().url = "http://tracker.example/mcp";
  EXPECT_THAT(Why(Asking("suite/a@tracker", true)), HasSubstr("before there was a lane"));
  EXPECT_THAT(Run({Asking("suite/a@tracker", true)}).scenarios[0].error, IsEmpty());
  EXPECT_THAT(places_, ElementsAre("home"));
}

// What is removed while Vault is sealed would be left.
TEST_F(RunnerLanesTest, NothingIsSealedBeforeEveryLaneThatWasGivenBackIsGone) {
  Scenario seals = Asking("suite/seals@tracker", true);
  seals.steps.push_back({.action = FaultStep{.component = "vault", .as = "sealed"}});
  Run({Asking("suite/a@tracker", true), Asking("suite/b@tracker", true), seals});
  std::vector<std::string> done = rig_.world.done;
  std::erase_if(done, [](const std::string& line) { return line != "end of issuer's part" && line != "seal"; });
  ASSERT_GE(done.size(), 3U);
  EXPECT_EQ(done[2], "seal") << "after both ends";
}

TEST_F(RunnerLanesTest, NobodyGetsALaneUnasked) {
  wants_lanes_ = false;
  EXPECT_THAT(Run({Asking("suite/a@tracker", true)}).scenarios[0].error, IsEmpty());
  EXPECT_THAT(places_, ElementsAre("home"));
}

TEST_F(RunnerLanesTest, WithoutLanesEverythingIsAsItWas) {
  rig_.system.components[1].recipe = "vault";
  Target().environment["VAULT"] = "${vault.url}";
  std::vector<std::string> seen;
  rig_.probes["where"] = {[&](Stage& stage, const Json&) -> Result<ProbeOutcome> {
                            seen.push_back(stage.ground().lane);
                            return ProbeOutcome{};
                          },
                          Aftermath::kAsTheyWere};
  EXPECT_THAT(Run({Asking("suite/a@tracker", true)}).scenarios[0].error, IsEmpty());
  EXPECT_THAT(seen, ElementsAre(""));
}

}  // namespace
}  // namespace iff
