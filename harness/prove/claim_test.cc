#include "harness/prove/claim.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/result_matchers.h"
#include "harness/session/session.h"
#include "harness/session/session_testing.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Tests run in the project's folder, and lie beside the programs.
Places OurPlaces() {
  return {.root = fs::current_path().string(), .programs = fs::read_symlink("/proc/self/exe").parent_path().string()};
}

Json Entry() {
  return {{"name", "wrong"},    {"family", "odd"},       {"fault", "It waits."},    {"targets", {"jira"}},
          {"suites", {"time"}}, {"sometimes", {"late"}}, {"system", Json::array()}, {"changes_server", true}};
}

Result<std::vector<Claim>> Parse(const Json& entry) { return ParseMutants(Dump(Json::array({entry}))); }

TEST(ParseMutants, TellsOptionsOfTheSystemFromWhatIsWrongOnPurpose) {
  Json entry = Entry();
  entry["system"] = {"vault.leeway=60", "vault.misconfiguration=lasting-tokens"};
  entry["changes_server"] = false;
  const auto claims = Parse(entry);
  ASSERT_THAT(claims, IsOk());
  const Claim& claim = claims->front();
  EXPECT_TRUE(claim.changes_system());
  EXPECT_EQ(claim.options, (std::map<std::string, Json>{{"vault.leeway", 60}}));
  EXPECT_EQ(claim.misconfigurations, (std::map<std::string, std::string>{{"vault", "lasting-tokens"}}));
  EXPECT_EQ(claim.suites, std::vector<std::string>{"time"});
  EXPECT_EQ(claim.sometimes, std::set<std::string>{"late"});
  SessionOptions options{.driver_registry = DeclaredDrivers()};
  options.overrides["vault.product"] = "hashicorp";
  Apply(claim, options);
  EXPECT_EQ(options.overrides, (std::map<std::string, Json>{{"vault.leeway", 60}, {"vault.product", "hashicorp"}}));
  EXPECT_EQ(options.misconfigurations.at("vault"), "lasting-tokens");
}

Scenario Asking(const std::string& id, const std::string& target, const std::vector<std::string>& checks) {
  Step step;
  for (const std::string& check : checks) step.expect.push_back({.check = check});
  return {.id = id, .target = target, .steps = {step}};
}

TEST(AskingForKills, KeepsWhatAsksForAKillAtItsTargetOrMayFail) {
  const std::vector<Scenario> all = {Asking("a", "tracker", {"one", "two"}), Asking("a", "board", {"one", "two"}),
                                     Asking("b", "tracker", {"three"}), Asking("c", "board", {"race"})};
  const auto kept = [&](const Claim& claim) {
    std::vector<std::string> names;
    for (const Scenario& scenario : AskingForKills(claim, all)) names.push_back(scenario.id + "@" + scenario.target);
    return names;
  };
  EXPECT_THAT(kept({.killed_by = {{"tracker", {"two"}}}, .sometimes = {"race"}}), ElementsAre("a@tracker", "c@board"));
  EXPECT_THAT(kept({.killed_by = {{"tracker", {"three"}}, {"board", {"one"}}}}), ElementsAre("a@board", "b@tracker"));
  EXPECT_EQ(kept({}).size(), all.size()) << "nothing is accepted yet";
  EXPECT_EQ(kept({.killed_by = {{"tracker", {"two"}}}, .reuses_targets = true}).size(), all.size());
}

TEST(AskingForProofs, KeepsWhatAsksForAProofAtOneTargetOrForAKill) {
  const std::vector<Scenario> all = {Asking("a", "board", {"one", "two"}), Asking("a", "tracker", {"one", "two"}),
                                     Asking("b", "tracker", {"three", "two"}), Asking("c", "tracker", {"race"})};
  const auto kept = [&](const Claim& claim) {
    std::vector<std::string> names;
    for (const Scenario& scenario : AskingForProofs(claim, all)) names.push_back(scenario.id + "@" + scenario.target);
    return names;
  };
  const ChecksByTarget kills = {{"board", {"one"}}, {"tracker", {"one", "three", "two"}}};
  EXPECT_THAT(kept({.killed_by = kills, .sometimes = {"race"}, .proves = {"one"}}), ElementsAre("a@board"));
  EXPECT_THAT(kept({.killed_by = kills, .proves = {"three"}}), ElementsAre("b@tracker"));
  EXPECT_THAT(kept({.killed_by = kills, .proves = {"two"}}), ElementsAre("a@tracker", "b@tracker"))
      << "in which of them it fails is not known";
  EXPECT_THAT(kept({.killed_by = kills}), ElementsAre("a@board")) << "that it is noticed is to be seen";
  EXPECT_EQ(kept({}).size(), all.size()) << "nothing is accepted yet";
  EXPECT_EQ(kept({.killed_by = kills, .reuses_targets = true}).size(), all.size());
}

TEST(AskedElsewhere, IsWhatAScenarioAsksForThatWasLeftOut) {
  const std::vector<Scenario> all = {Asking("a", "board", {"one"}), Asking("a", "tracker", {"one", "two"}),
                                     Asking("b", "tracker", {"three", "two"})};
  EXPECT_THAT(AskedElsewhere(all, all), IsEmpty());
  EXPECT_EQ(AskedElsewhere({all[1]}, all), (ChecksByTarget{{"board", {"one"}}, {"tracker", {"three", "two"}}}));
}

TEST(ParseMutants, RefusesAMutantOfWhichNothingIsWrong) {
  Json entry = Entry();
  entry["changes_server"] = false;
  EXPECT_THAT(Parse(entry), FailsWith(ErrorKind::kInvalidInput, HasSubstr("nothing is wrong")));
  entry["system"] = {"leeway"};
  EXPECT_THAT(Parse(entry),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("system: leeway: want component.option=value")));
}

TEST(ParseMutants, RefusesAMutantThatLacksSomethingOrIsThereTwice) {
  for (const char* member : {"fault", "targets"}) {
    Json entry = Entry();
    entry[member] = entry[member].is_array() ? Json::array() : Json("");
    EXPECT_THAT(Parse(entry), FailsWith(ErrorKind::kInvalidInput, HasSubstr("mutant 'wrong' lacks"))) << member;
    entry.erase(member);
    EXPECT_THAT(Parse(entry), FailsWith(ErrorKind::kInvalidInput, HasSubstr(member))) << member;
  }
  EXPECT_THAT(ParseMutants(Dump(Json::array({Entry(), Entry()}))),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("mutant wrong is there twice")));
}

// A program that lists mutants, and a file of kills.
class ReadClaimsTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(root_ / "servers/mutants");
    List({Entry()});
  }
  void TearDown() override { fs::remove_all(root_); }

  void List(const std::vector<Json>& mutants) const {
    std::ofstream(root_ / "iff-mutant") << "#!/bin/sh\ncat <<'END'\n" << Dump(Json(mutants)) << "\nEND\n";
    fs::permissions(root_ / "iff-mutant", fs::perms::owner_all);
  }
  void Kill(const std::string& text) const { std::ofstream(root_ / "servers/mutants/kills.yaml") << text; }

  const fs::path root_ = fs::path(testing::TempDir()) / ("claims-" + std::to_string(getpid()));
  const Places places_ = {.root = root_.string(), .programs = root_.string()};
};

TEST_F(ReadClaimsTest, PutsKillsToMutants) {
  Kill("wrong:\n  jira: [one, two]\n");
  const auto claims = ReadClaims(places_, {"wrong"});
  ASSERT_THAT(claims, IsOk());
  EXPECT_EQ(claims->front().killed_by, (ChecksByTarget{{"jira", {"one", "two"}}}));
  EXPECT_THAT(ReadClaims(places_, {"wring"}), FailsWith(ErrorKind::kInvalidInput, HasSubstr("did you mean 'wrong'")));
}

TEST_F(ReadClaimsTest, SharesOutWhatIsProvenToTheMutantOfFewestKills) {
  Json other = Entry();
  other["name"] = "odd";
  List({Entry(), other});
  Kill("wrong:\n  jira: [one, two]\n  github: [two]\nodd:\n  jira: [one, three, two]\n");
  const auto claims = ReadClaims(places_, {});
  ASSERT_THAT(claims, IsOk());
  std::map<std::string, std::set<std::string>> proves;
  for (const Claim& claim : *claims) proves[claim.name] = claim.proves;
  EXPECT_EQ(proves, (std::map<std::string, std::set<std::string>>{{"odd", {"three"}}, {"wrong", {"one", "two"}}}));
}

TEST_F(ReadClaimsTest, RefusesKillsOfWhatIsNoMutantUnlessOthersAreAccepted) {
  Kill("wring:\n  jira: [one]\n");
  EXPECT_THAT(ReadClaims(places_, {}), FailsWith(ErrorKind::kInvalidInput, HasSubstr("no mutant is called 'wring'")));
  EXPECT_THAT(ReadClaims(places_, {}, StaleKills::kPassedOver), IsOk());
  fs::remove(root_ / "servers/mutants/kills.yaml");
  EXPECT_THAT(ReadClaims(places_, {}), FailsWith(ErrorKind::kSystem, HasSubstr("kills.yaml")));
  EXPECT_THAT(ReadClaims(places_, {}, StaleKills::kPassedOver), IsOk());
}

TEST_F(ReadClaimsTest, SaysThatTheProgramIsNotThereOrFails) {
  std::ofstream(root_ / "iff-mutant") << "#!/bin/sh\nexit 3\n";
  EXPECT_THAT(ReadMutants(places_), FailsWith(ErrorKind::kUnavailable, HasSubstr("iff-mutant --list failed")));
  fs::remove(root_ / "iff-mutant");
  EXPECT_THAT(ReadMutants(places_), FailsWith(ErrorKind::kUnavailable, HasSubstr("ninja iff_mutants")));
}

// What no mutant trips proves nothing. That each is killed by what is accepted, 'iff mutants' finds out.
TEST(EveryCheck, KillsAMutantAndEveryKillIsByACheckThatIsAsked) {
  const Places places = OurPlaces();
  const SessionOptions options{.places = places,
                               .system_file = places.root + "/systems/vault-demo/system.yaml",
                               .driver_registry = DeclaredDrivers()};
  const Result<System> system = LoadSystemFor(options);
  ASSERT_THAT(system, IsOk());
  const Result<std::vector<Suite>> suites = LoadAllSuites(options, *system, AllProbes());
  ASSERT_THAT(suites, IsOk());
  const Result<std::vector<Claim>> claims = ReadClaims(places, {});
  ASSERT_THAT(claims, IsOk());
  std::set<std::string> unproven;
  for (const Suite& suite : *suites) {
    unproven.merge(CheckIdsOf(suite.scenarios));
  }
  ASSERT_GT(unproven.size(), 600U);
  for (const Claim& claim : *claims) {
    EXPECT_FALSE(claim.killed_by.empty())
        << claim.name << ": 'iff mutants --accept " << claim.name << "' is still to be run";
    for (const std::string& target : claim.targets) {
      const auto played = SelectScenarios(*suites, {.selectors = claim.suites, .targets = {target}});
      const std::set<std::string> asked = played.ok() ? CheckIdsOf(*played) : std::set<std::string>();
      const auto kills = claim.killed_by.find(target);
      if (kills == claim.killed_by.end()) continue;
      for (const std::string& check : kills->second) {
        EXPECT_TRUE(asked.contains(check))
            << claim.name << " is killed by " << check << ", which its suites do not ask of " << target;
        unproven.erase(check);
      }
    }
    for (const auto& [target, checks] : claim.killed_by) {
      EXPECT_THAT(claim.targets, Contains(target)) << claim.name << " is killed at a target it is no variant of";
    }
    const auto played = SelectScenarios(*suites, {.selectors = claim.suites, .targets = claim.targets});
    ASSERT_THAT(played, IsOk()) << claim.name;
    const std::set<std::string> asked = CheckIdsOf(*played);
    for (const std::string& check : claim.sometimes) EXPECT_TRUE(asked.contains(check)) << claim.name << ": " << check;
  }
  EXPECT_THAT(unproven, IsEmpty()) << "no mutant is killed by them: add a mutant, or let one notice";
}

// Where it is not run against its family's suites, the list says so itself; no suite is named twice.
TEST(EveryMutant, NamesEachSuiteOnce) {
  const Result<std::vector<Claim>> claims = ReadMutants(OurPlaces());
  ASSERT_THAT(claims, IsOk());
  for (const Claim& claim : *claims) {
    const std::set<std::string> once(claim.suites.begin(), claim.suites.end());
    EXPECT_EQ(once.size(), claim.suites.size()) << claim.name;
    EXPECT_FALSE(once.empty()) << claim.name;
  }
}

// The text as it is written, so that a diff shows what was accepted and nothing else.
TEST(EveryMutant, HasItsKillsAsTheyAreWritten) {
  const std::string file = KillsFile(OurPlaces().root);
  const Result<Kills> kills = ReadKills(file);
  ASSERT_THAT(kills, IsOk());
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_EQ(text.str(), KillsText(*kills));
}

// Only a mutant has one: neither a system file nor --set.
TEST(Misconfiguration, IsNoOption) {
  SessionOptions options{.places = OurPlaces(),
                         .system_file = OurPlaces().root + "/systems/vault-demo/system.yaml",
                         .driver_registry = DeclaredDrivers()};
  options.overrides["vault.misconfiguration"] = "policy-for-everybody";
  const Result<System> set = LoadSystemFor(options);
  ASSERT_THAT(set, IsOk());
  EXPECT_EQ(set->FindComponent("vault")->misconfiguration, "");  // the driver refuses the option it does not know
  options.overrides.clear();
  options.misconfigurations["vault"] = "policy-for-everybody";
  EXPECT_EQ(LoadSystemFor(options).value().FindComponent("vault")->misconfiguration, "policy-for-everybody");
  options.misconfigurations = {{"vualt", "policy-for-everybody"}};
  EXPECT_THAT(LoadSystemFor(options), FailsWith(ErrorKind::kInvalidInput, HasSubstr("did you mean 'vault'")));
}

}  // namespace
}  // namespace iff
