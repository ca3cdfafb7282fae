// The table from what several runs kept: nothing is run here.
#include "harness/cli/mutants.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "harness/core/result_matchers.h"
#include "harness/prove/kill_matrix.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class KeptMutantsTest : public testing::Test {
 protected:
  KeptMutantsTest()
      : root_(testing::TempDir() + "mutants-" + std::to_string(getpid()) + "-" +
              testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(root_);
    const auto mutant = [](const char* name, const char* fault, const Json& sometimes) -> Json {
      return {{"name", name},        {"family", "odd"},        {"fault", fault},          {"targets", {"jira"}},
              {"suites", {"suite"}}, {"sometimes", sometimes}, {"system", Json::array()}, {"changes_server", true}};
    };
    Write("iff-mutant", "#!/bin/sh\ncat <<'END'\n" +
                            Dump(Json::array({mutant("forgetful", "forgets who asks", Json::array()),
                                              mutant("generous", "opens to all", {"bell-rings"})})) +
                            "\nEND\n");
    fs::permissions(root_ + "/iff-mutant", fs::perms::owner_all);
    Write("servers/mutants/kills.yaml", "forgetful:\n  jira: [owner-is-asked]\ngenerous:\n  jira: [door-is-shut]\n");
    Scenario scenario{.id = "suite/one@jira"};
    Step step;
    for (const char* check : {"owner-is-asked", "door-is-shut", "bell-rings", "lamp-burns"}) {
      Expectation expectation;
      expectation.check = check;
      step.expect.push_back(std::move(expectation));
    }
    scenario.steps.push_back(std::move(step));
    all_.push_back(std::move(scenario));
  }
  ~KeptMutantsTest() override { fs::remove_all(root_); }

  void Write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(root_ + "/" + name).parent_path());
    std::ofstream(root_ + "/" + name) << text;
  }
  void Keep(const std::string& mutant, const std::string& failed, const std::string& errored = "[]") const {
    Write("parts/" + mutant + ".json", R"({"mutant": ")" + mutant + R"(", "failed": {"jira": )" + failed +
                                           R"(}, "errored": {"jira": )" + errored +
                                           R"(}, "judged": ["owner-is-asked", "door-is-shut"]})");
  }
  void KeepRun(const std::string& name, const std::map<std::string, std::vector<std::string>>& failed) const {
    RunResult run;
    for (const auto& [target, checks] : failed) {
      ScenarioResult scenario{.id = "suite/one@" + target, .suite = "suite", .target = target};
      StepResult step;
      for (const std::string& check : checks)
        step.checks.push_back({.id = check, .verdict = Verdict::kFailed, .reason = "seen"});
      scenario.steps.push_back(std::move(step));
      run.scenarios.push_back(std::move(scenario));
    }
    Write("runs/" + name + "/result.json", Dump(ToJson(run)));
  }
  int Table() {
    said_.clear();
    return KeptMutants({.root = root_, .programs = root_}, all_, options_,
                       {.folder = root_ + "/parts", .asked = asked_, .accept = accept_, .examples = examples_},
                       [this](std::string_view line) { said_.append(line).append("\n"); });
  }

  const std::string root_;
  std::vector<Scenario> all_;
  Options options_;
  bool asked_ = false;
  bool accept_ = false;
  std::string examples_;
  std::string said_;
};

// Played for its proofs: what a scenario that was left out asks for is not missed, all else is, and nothing is
// accepted.
TEST_F(KeptMutantsTest, IsNotHeldToWhatWasLeftOut) {
  Write("servers/mutants/kills.yaml",
        "forgetful:\n  jira: [lamp-burns, owner-is-asked]\ngenerous:\n  jira: [door-is-shut]\n");
  const auto keep = [&](const char* failed) {
    Write("parts/forgetful.json", std::string(R"({"mutant": "forgetful", "failed": {"jira": )") + failed +
                                      R"(}, "errored": {}, "judged": [], "not_held": {"jira": ["lamp-burns"]}})");
  };
  options_.selectors = {"forgetful"};
  keep(R"(["owner-is-asked"])");
  EXPECT_EQ(Table(), 0) << said_;
  keep(R"(["lamp-burns"])");
  EXPECT_EQ(Table(), 1);
  EXPECT_THAT(said_, HasSubstr("accepted but not failing: owner-is-asked"));
  keep("[]");
  EXPECT_EQ(Table(), 1);
  EXPECT_THAT(said_, HasSubstr("SURVIVED forgetful"));
  keep(R"(["owner-is-asked"])");
  accept_ = true;
  EXPECT_EQ(Table(), 64);
  EXPECT_THAT(said_, HasSubstr("was played with --proofs-only"));
}

TEST_F(KeptMutantsTest, NamesWhatCatchesEachAndWhatNothingTrips) {
  Keep("forgetful", R"(["owner-is-asked"])");
  Keep("generous", R"(["bell-rings", "door-is-shut"])");
  EXPECT_EQ(Table(), 1);
  EXPECT_THAT(said_, HasSubstr("2 of 2 mutants killed"));
  EXPECT_THAT(said_, HasSubstr("| `door-is-shut` | generous |"));
  EXPECT_THAT(said_, HasSubstr("3 checks tripped, 1 unproven"));
  EXPECT_THAT(said_, HasSubstr("UNPROVEN lamp-burns: "));
  EXPECT_THAT(said_, HasSubstr("- `lamp-burns`"));
}

TEST_F(KeptMutantsTest, IsGreenWhenEveryMutantIsKilledAndEveryCheckProven) {
  all_.front().steps.front().expect.pop_back();
  Keep("forgetful", R"(["owner-is-asked"])");
  Keep("generous", R"(["bell-rings", "door-is-shut"])");
  EXPECT_EQ(Table(), 0);
  EXPECT_THAT(said_, HasSubstr("3 checks tripped, 0 unproven"));
}

TEST_F(KeptMutantsTest, TellsASurvivorAndWhatIsNotAccepted) {
  Keep("forgetful", "[]");
  Keep("generous", R"(["bell-rings", "door-is-shut", "lamp-burns"])");
  EXPECT_EQ(Table(), 1);
  EXPECT_THAT(said_, HasSubstr("SURVIVED forgetful"));
  EXPECT_THAT(said_, HasSubstr("failing but not accepted: lamp-burns"));
  EXPECT_THAT(said_, Not(HasSubstr("bell-rings, lamp-burns")));
}

TEST_F(KeptMutantsTest, NamesWhoIsMissingAndCallsNothingUnprovenThen) {
  Keep("forgetful", R"(["owner-is-asked"])");
  EXPECT_EQ(Table(), 2);
  EXPECT_THAT(said_, HasSubstr("MISSING  generous: "));
  EXPECT_THAT(said_, HasSubstr("generous.json is not there: 'iff mutants --keep"));
  EXPECT_THAT(said_, HasSubstr("1 checks tripped, which are unproven is not known: 1 of 2 mutants are here"));
  EXPECT_THAT(said_, Not(HasSubstr("UNPROVEN")));
  EXPECT_THAT(said_, HasSubstr("| `owner-is-asked` | forgetful |"));
  Keep("forgetful", "[]");
  EXPECT_EQ(Table(), 1) << "a survivor outranks who is missing";
  Keep("generous", R"("door-is-shut")");
  EXPECT_EQ(Table(), 64);
  EXPECT_THAT(said_, HasSubstr("/failed/jira holds no check ids"));
}

TEST_F(KeptMutantsTest, AcceptsWhatFailedAndLeavesOutRacesAndWhatIsNoMutant) {
  Write("servers/mutants/kills.yaml", "gone:\n  jira: [owner-is-asked]\ngenerous:\n  jira: [door-is-shut]\n");
  Keep("forgetful", R"(["owner-is-asked", "lamp-burns"])");
  Keep("generous", R"(["bell-rings", "door-is-shut"])");
  EXPECT_EQ(Table(), 64);
  EXPECT_THAT(said_, HasSubstr("no mutant is called 'gone'"));
  accept_ = true;
  EXPECT_EQ(Table(), 0);
  EXPECT_THAT(said_, HasSubstr("failing but not accepted: lamp-burns, owner-is-asked"));
  EXPECT_THAT(ReadKills(KillsFile(root_)),
              IsOkAndHolds(Kills{{"forgetful", {{"jira", {"lamp-burns", "owner-is-asked"}}}},
                                 {"generous", {{"jira", {"door-is-shut"}}}}}));
  accept_ = false;
  EXPECT_EQ(Table(), 0);
}

TEST_F(KeptMutantsTest, AcceptsNeitherASurvivorNorWhatWasNotJudged) {
  const Kills before = ReadKills(KillsFile(root_)).value();
  accept_ = true;
  Keep("forgetful", "[]");
  Keep("generous", R"(["lamp-burns"])", R"(["door-is-shut"])");
  EXPECT_EQ(Table(), 1);
  EXPECT_THAT(said_, HasSubstr("SURVIVED forgetful"));
  EXPECT_THAT(said_, HasSubstr("NOT ACCEPTED generous: what killed it was not judged: door-is-shut"));
  EXPECT_THAT(ReadKills(KillsFile(root_)), IsOkAndHolds(before));
}

// A run of the tests, whole or of some.
TEST_F(KeptMutantsTest, HoldsOfARunWhatWasAskedForAlone) {
  asked_ = true;
  Keep("generous", "[]");  // of an earlier run
  EXPECT_EQ(Table(), 2);
  EXPECT_THAT(said_, HasSubstr("parts/asked names no mutant"));
  ASSERT_THAT(NoteAsked(root_ + "/parts", "forgetful"), IsOk());
  EXPECT_EQ(Table(), 2);
  EXPECT_THAT(said_, HasSubstr("MISSING  forgetful: "));
  Keep("forgetful", R"(["owner-is-asked"])");
  EXPECT_EQ(Table(), 0);
  EXPECT_THAT(said_, HasSubstr("1 of 1 mutants killed"));
  EXPECT_THAT(said_, HasSubstr("which are unproven is not known: 1 of 2 mutants are here"));
  EXPECT_THAT(said_, HasSubstr("| `owner-is-asked` | forgetful |"));
  EXPECT_THAT(said_, Not(HasSubstr("generous")));
  // What an earlier run left does not stand for one that was asked for and did not come to its end.
  Keep("generous", R"(["door-is-shut"])");
  ASSERT_THAT(NoteAsked(root_ + "/parts", "generous"), IsOk());
  EXPECT_EQ(Table(), 2);
  EXPECT_THAT(said_, HasSubstr("MISSING  generous: "));
  // All were asked for: every check wants one.
  Keep("generous", R"(["door-is-shut"])");
  EXPECT_EQ(Table(), 1);
  EXPECT_THAT(said_, HasSubstr("UNPROVEN bell-rings: "));
}

TEST_F(KeptMutantsTest, TellsWhichWrongSettingsOfExamplesWereFound) {
  examples_ = root_ + "/runs";
  all_.front().steps.front().expect.pop_back();
  Keep("forgetful", R"(["owner-is-asked"])");
  Keep("generous", R"(["bell-rings", "door-is-shut"])");
  EXPECT_EQ(Table(), 2);
  EXPECT_THAT(said_, HasSubstr("runs holds no run of an example: './iff test -L example'"));
  // What the clean one gets as well tells nobody apart.
  KeepRun("notes", {{"clean", {"bell-rings"}}, {"open", {"bell-rings", "door-is-shut"}}});
  KeepRun("worthless", {{"refuses", {"door-is-shut"}}});
  EXPECT_EQ(Table(), 0);
  EXPECT_THAT(said_, HasSubstr("found    notes/open by 1 checks"));
  EXPECT_THAT(said_, HasSubstr("1 of 1 wrong settings of examples found"));
  EXPECT_THAT(said_, HasSubstr("| `notes` | open | door-is-shut |"));
  EXPECT_THAT(said_, Not(HasSubstr("worthless")));
  KeepRun("pages", {{"clean", {"bell-rings"}}, {"sly", {"bell-rings"}}});
  EXPECT_EQ(Table(), 1);
  EXPECT_THAT(said_, HasSubstr("SURVIVED pages/sly"));
  EXPECT_THAT(said_, HasSubstr("1 of 2 wrong settings"));
  EXPECT_THAT(said_, HasSubstr("| `pages` | sly | nothing |"));
}

}  // namespace
}  // namespace iff
