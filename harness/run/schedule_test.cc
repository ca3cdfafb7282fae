// In which order and beside what scenarios play.
#include "harness/run/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <shared_mutex>

#include "harness/run/run_testing.h"

namespace iff {
namespace {

using std::chrono::milliseconds;

TEST(Runner, PlaysExclusiveScenariosAlone) {
  RunRig rig;
  std::atomic<int> playing = 0;
  std::atomic<int> most = 0;
  rig.probes["meet"] = [&](Sandbox&, const Json& arguments) -> Result<ProbeOutcome> {
    const int now = ++playing;
    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
    }
    const bool alone = AtOr<bool>(arguments, "/alone", false);
    // Others wait until they have met somebody; an exclusive one waits in vain.
    (void)Eventually(Deadline::In(milliseconds(alone ? 50 : 5'000)),
                     [&]() -> Result<bool> { return alone ? playing > 1 : most > 1; });
    ProbeOutcome outcome;
    outcome.findings["alone"] = {.met = playing == 1, .expected = "nobody else", .observed = std::to_string(playing)};
    --playing;
    return outcome;
  };
  const auto meeting = [](const std::string& id, bool alone) {
    Scenario scenario = ScenarioOf(id, {{.action = ProbeStep{.name = "meet", .arguments = {{"alone", alone}}}}});
    scenario.exclusive = alone;
    if (alone) scenario.steps[0].expect = {Expect("alone", ProbeFinds{"alone"})};
    return scenario;
  };
  const RunResult run = rig.Run({meeting("suite/a@tracker", true), meeting("suite/b@tracker", false),
                                 meeting("suite/c@tracker", true), meeting("suite/d@tracker", false)},
                                {.jobs = 4});
  EXPECT_EQ(most, 2);
  EXPECT_EQ(CheckIn(run.scenarios[0], "alone").verdict, Verdict::kPassed);
  EXPECT_EQ(CheckIn(run.scenarios[2], "alone").verdict, Verdict::kPassed);
}

TEST(Runner, LetsOneBeginByItselfWhereAllHasJustStarted) {
  RunRig rig;
  std::atomic<int> playing = 0;
  std::atomic<int> ended = 0;
  rig.probes["meet"] = [&](Sandbox&, const Json&) -> Result<ProbeOutcome> {
    ++playing;
    // The first one waits in vain for company; the others, for one another.
    const bool first = ended == 0;
    const Result<void> met = Eventually(Deadline::In(milliseconds(first ? 50 : 5'000)),
                                        [&]() -> Result<bool> { return playing > (first ? 1 : 2); });
    ProbeOutcome outcome;
    outcome.findings["as-meant"] = {
        .met = met.ok() != first, .expected = "company", .observed = std::to_string(playing)};
    ++ended;
    return outcome;
  };
  std::vector<Scenario> scenarios;
  for (const char* id : {"suite/a@tracker", "suite/b@tracker", "suite/c@tracker"}) {
    scenarios.push_back(ScenarioOf(
        id, {{.action = ProbeStep{.name = "meet"}, .expect = {Expect("as-meant", ProbeFinds{"as-meant"})}}}));
  }
  const RunResult run = rig.Run(scenarios, {.jobs = 3, .as_given = true, .one_begins = true});
  for (const ScenarioResult& scenario : run.scenarios) {
    EXPECT_EQ(CheckIn(scenario, "as-meant").verdict, Verdict::kPassed) << scenario.id;
  }
}

TEST(Runner, PlaysAnExclusiveScenarioBesideItsLikeUnlessItDisturbs) {
  RunRig rig;
  std::atomic<int> playing = 0;
  rig.probes["meet"] = {[&](Sandbox&, const Json& arguments) -> Result<ProbeOutcome> {
                          ++playing;
                          const bool like = AtOr<bool>(arguments, "/like", false);
                          (void)Eventually(Deadline::In(milliseconds(like ? 5'000 : 50)),
                                           [&]() -> Result<bool> { return playing > 1; });
                          ProbeOutcome outcome;
                          const int met = playing;
                          outcome.findings["as-meant"] = {
                              .met = (met == 2) == like, .expected = "company", .observed = std::to_string(met)};
                          // Nobody leaves before all have looked.
                          if (like)
                            (void)Eventually(Deadline::In(milliseconds(100)), []() -> Result<bool> { return false; });
                          --playing;
                          return outcome;
                        },
                        Aftermath::kAsTheyWere};
  const auto meeting = [](const std::string& id, bool like, bool heals) {
    Scenario scenario = ScenarioOf(id, {{.action = ProbeStep{.name = "meet", .arguments = {{"like", like}}}}});
    scenario.exclusive = true;
    scenario.steps[0].expect = {Expect("as-meant", ProbeFinds{"as-meant"})};
    if (heals) scenario.steps.push_back({.action = HealStep{.component = "vault"}});
    return scenario;
  };
  const RunResult run =
      rig.Run({meeting("suite/kept-apart@one", false, true), meeting("suite/kept-apart@two", false, true),
               meeting("suite/together@one", true, false), meeting("suite/together@two", true, false)},
              {.jobs = 4});
  for (const ScenarioResult& scenario : run.scenarios)
    EXPECT_EQ(CheckIn(scenario, "as-meant").verdict, Verdict::kPassed) << scenario.id;
}

TEST(Runner, TellsThatExclusiveScenariosWaitForOthers) {
  RunRig rig;
  Scenario alone = Honest();
  alone.exclusive = true;
  std::shared_lock prompt(rig.context().exclusivity);
  int told = 0;
  const auto leave = [&] {
    ++told;
    prompt.unlock();
  };
  EXPECT_EQ(rig.Run({alone}, {.on_wait = leave}).scenarios[0].verdict(), Verdict::kPassed);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(rig.Run({alone}, {.on_wait = leave}).scenarios[0].verdict(), Verdict::kPassed);
  EXPECT_EQ(told, 1) << "nobody was there";
}

TEST(Runner, BeginsWithThoseThatIdleInAllLanesButOne) {
  RunRig rig;
  std::atomic<int> idlers = 0;
  rig.probes["meet"] = [&](Sandbox&, const Json& arguments) -> Result<ProbeOutcome> {
    if (AtOr<bool>(arguments, "/idles", false)) ++idlers;
    (void)Eventually(Deadline::In(milliseconds(5'000)), [&]() -> Result<bool> { return idlers == 2; });
    ProbeOutcome outcome;
    outcome.findings["met"] = {.met = idlers == 2, .expected = "both that idle", .observed = std::to_string(idlers)};
    return outcome;
  };
  const auto meeting = [](const std::string& id, bool idles) {
    Scenario scenario = Honest(id);
    scenario.steps.insert(scenario.steps.begin(), {.action = ProbeStep{.name = "meet", .arguments = {{"idles", idles}}},
                                                   .expect = {Expect("met", ProbeFinds{"met"})}});
    if (idles) std::get<CallStep>(scenario.steps.back().action).sending.eventually = milliseconds(1'000);
    return scenario;
  };
  const RunResult run = rig.Run({meeting("suite/a@tracker", false), meeting("suite/b@tracker", false),
                                 meeting("suite/c@tracker", true), meeting("suite/d@tracker", true)},
                                {.jobs = 3});
  for (const ScenarioResult& scenario : run.scenarios)
    EXPECT_EQ(CheckIn(scenario, "met").verdict, Verdict::kPassed) << scenario.id;
}

TEST(Runner, ReportsInTheOrderOfTheFilesWhateverRanWhen) {
  RunRig rig;
  std::vector<Scenario> scenarios;
  std::vector<std::string> ids;
  for (int i = 0; i < 8; ++i) {
    ids.push_back("suite/s" + std::to_string(i) + "@tracker");
    scenarios.push_back(Honest(ids.back()));
    scenarios.back().exclusive = i % 3 == 0;
  }
  std::vector<std::string> began;
  int ended = 0;
  const RunResult run =
      rig.Run(scenarios, {.jobs = 4, .on_scenario = [&](const Scenario& scenario, const ScenarioResult* result) {
                            if (result == nullptr) began.push_back(scenario.id);
                            if (result != nullptr) ++ended;
                          }});
  std::vector<std::string> reported;
  for (const ScenarioResult& scenario : run.scenarios) reported.push_back(scenario.id);
  EXPECT_EQ(reported, ids);
  EXPECT_EQ(ended, 8);
  EXPECT_NE(began, ids);
  EXPECT_EQ(run.exit_code(), ExitCode::kOk);
}

TEST(Runner, ErrorsWhatHadNotBegunWhenItWasInterrupted) {
  RunRig rig;
  std::atomic<bool> cancelled = false;
  const RunResult run = rig.Run({Honest("suite/a@tracker"), Honest("suite/b@tracker")},
                                {.jobs = 1,
                                 .on_scenario = [&](const Scenario&, const ScenarioResult*) { cancelled = true; },
                                 .cancelled = &cancelled});
  EXPECT_EQ(run.scenarios[0].verdict(), Verdict::kPassed);
  EXPECT_TRUE(NothingBelieved(run.scenarios[1]));
  EXPECT_EQ(run.scenarios[1].id, "suite/b@tracker");
  EXPECT_EQ(run.scenarios[1].error, "the run was interrupted");
  EXPECT_EQ(run.exit_code(), ExitCode::kErrored);
}

TEST(Runner, TellsWhenTheFirstScenarioWasGreen) {
  RunRig rig;
  const RunResult run = rig.Run({Honest()});
  EXPECT_GT(run.first_green_us, 0);
  EXPECT_LE(run.scenarios[0].started_us, run.first_green_us);
  rig.world.ill["vault"] = "does not answer";
  EXPECT_EQ(rig.Run({Honest()}).first_green_us, 0);
}

}  // namespace
}  // namespace iff
