#include "harness/cli/claim.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/cli/session.h"
#include "harness/core/result_matchers.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Tests run in the project's folder.
std::string Root() { return fs::current_path().string(); }

class ClaimTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(root_); }

  Result<std::vector<Claim>> Read(const std::string& text) {
    std::ofstream(folder_ / "README.md") << text;
    return ReadClaims(root_.string(), {"wrong"});
  }

  const fs::path root_ = fs::path(testing::TempDir()) / ("claims-" + std::to_string(getpid()));
  const fs::path folder_ = root_ / "servers/mutants/wrong";
};

constexpr const char* kRest = "Targets: `jira`\n\nCaught by:\n\n- `one`, `two`\n";

TEST_F(ClaimTest, TellsOptionsOfTheSystemFromWhatIsWrongOnPurpose) {
  const auto claims =
      Read("Fault: It waits.\nSystem: `vault.leeway=60`, `vault.weakness=lasting-tokens`\n" + std::string(kRest));
  ASSERT_THAT(claims, IsOk());
  const Claim& claim = claims->front();
  EXPECT_TRUE(claim.changes_system());
  EXPECT_EQ(claim.options, (std::map<std::string, Json>{{"vault.leeway", 60}}));
  EXPECT_EQ(claim.weaknesses, (std::map<std::string, std::string>{{"vault", "lasting-tokens"}}));
  EXPECT_EQ(claim.caught_by, (std::set<std::string>{"one", "two"}));
  SessionOptions options;
  options.overrides["vault.product"] = "hashicorp";
  Apply(claim, options);
  EXPECT_EQ(options.overrides, (std::map<std::string, Json>{{"vault.leeway", 60}, {"vault.product", "hashicorp"}}));
  EXPECT_EQ(options.weaknesses.at("vault"), "lasting-tokens");
}

TEST_F(ClaimTest, RefusesAMutantOfWhichNothingIsWrong) {
  EXPECT_THAT(Read("Fault: None.\n" + std::string(kRest)),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("nothing is wrong")));
  EXPECT_THAT(Read("Fault: It waits.\nSystem: `leeway`\n" + std::string(kRest)),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("System: leeway: want component.option=value")));
  EXPECT_THAT(ReadClaims(root_.string(), {"wring"}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("did you mean 'wrong'")));
}

TEST_F(ClaimTest, ReplacesAServerOnlyWhereThereIsOne) {
  EXPECT_FALSE(ReplacesServer(root_.string(), ""));
  EXPECT_FALSE(ReplacesServer(root_.string(), "wrong"));
  std::ofstream(folder_ / "mutant.cc") << "\n";
  EXPECT_TRUE(ReplacesServer(root_.string(), "wrong"));
}

// What no mutant trips proves nothing. That each does trip what its README names, 'iff mutants' finds out.
TEST(EveryCheck, IsNamedByAMutantAndEveryNameIsACheck) {
  const SessionOptions options{.places = {.root = Root()}, .system_file = Root() + "/systems/vault-demo/system.yaml"};
  const Result<System> system = LoadSystemFor(options);
  ASSERT_THAT(system, IsOk());
  const Result<std::vector<Suite>> suites = LoadAllSuites(options, *system, AllProbes());
  ASSERT_THAT(suites, IsOk());
  const Result<std::vector<Claim>> claims = ReadClaims(Root(), {});
  ASSERT_THAT(claims, IsOk());
  std::set<std::string> unproven;
  for (const Suite& suite : *suites) {
    unproven.merge(CheckIdsOf(suite.scenarios));
  }
  ASSERT_GT(unproven.size(), 600U);
  const std::set<std::string> all = unproven;
  for (const Claim& claim : *claims) {
    const Result<std::vector<Scenario>> played =
        SelectScenarios(*suites, {.selectors = claim.suites, .targets = claim.targets});
    ASSERT_THAT(played, IsOk()) << claim.name;
    const std::set<std::string> asked = CheckIdsOf(*played);
    for (const std::string& check : claim.caught_by) {
      EXPECT_TRUE(asked.contains(check)) << claim.name << " names " << check
                                         << ", which its suites do not ask of its targets";
      unproven.erase(check);
    }
  }
  EXPECT_THAT(unproven, IsEmpty()) << "no mutant's README names them: add a mutant, or let one notice";
}

// Only a mutant has one: neither a system file nor --set.
TEST(Weakness, IsNoOption) {
  SessionOptions options{.places = {.root = Root()}, .system_file = Root() + "/systems/vault-demo/system.yaml"};
  options.overrides["vault.weakness"] = "policy-for-everybody";
  const Result<System> set = LoadSystemFor(options);
  ASSERT_THAT(set, IsOk());
  EXPECT_EQ(set->FindComponent("vault")->weakness, "");  // the recipe refuses the option it does not know
  options.overrides.clear();
  options.weaknesses["vault"] = "policy-for-everybody";
  EXPECT_EQ(LoadSystemFor(options).value().FindComponent("vault")->weakness, "policy-for-everybody");
  options.weaknesses = {{"vualt", "policy-for-everybody"}};
  EXPECT_THAT(LoadSystemFor(options), FailsWith(ErrorKind::kInvalidInput, HasSubstr("did you mean 'vault'")));
}

}  // namespace
}  // namespace iff
