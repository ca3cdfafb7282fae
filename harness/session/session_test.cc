#include "harness/session/session.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/core/result_matchers.h"
#include "harness/session/session_testing.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

Scenario ScenarioOf(const std::string& id, const std::string& file) {
  Scenario scenario;
  scenario.id = id;
  scenario.suite = id.substr(0, id.find('/'));
  scenario.target = id.substr(id.find('@') + 1);
  scenario.file = file;
  return scenario;
}

std::vector<Suite> Suites() {
  Suite tokens{.name = "tokens"};
  tokens.scenarios = {ScenarioOf("tokens/expired@jira", "scenarios/tokens/expired.yaml"),
                      ScenarioOf("tokens/expired@github", "scenarios/tokens/expired.yaml"),
                      ScenarioOf("tokens/not-expired@jira", "scenarios/tokens/not-expired.yaml")};
  Suite isolation{.name = "isolation"};
  isolation.scenarios = {ScenarioOf("isolation/matrix@github", "scenarios/isolation/matrix.yaml")};
  return {tokens, isolation};
}

// The ids that a request selects, or why it selects none.
Result<Words> Select(const Words& selectors, const Words& targets = {}) {
  RunRequest request;
  request.selectors = selectors;
  request.targets = targets;
  const std::vector<Scenario> selected = TRY(SelectScenarios(Suites(), request));
  Words ids;
  for (const Scenario& scenario : selected) ids.push_back(scenario.id);
  return ids;
}

TEST(Works, ForgetPassingSecretsWhenAllThatMayPublishThemHaveEnded) {
  Redactor redactor;
  Works works(redactor);
  const auto learn = [&](const std::string& secret) {
    redactor.Register(Secret(secret), "token", Redactor::Lasts::kUntilForgotten);
  };
  redactor.Register(Secret("a-key-that-stays"), "key");
  const uint64_t first = works.Begin();
  learn("of-the-first-run");
  works.Between();
  EXPECT_EQ(redactor.size(), 1U) << "or many runs would fill up the memory";
  learn("of-the-first-alone");
  learn("of-the-first-too");
  learn("of-both");
  const uint64_t second = works.Begin();
  works.Between();
  EXPECT_EQ(redactor.size(), 4U) << "the other one may be about to publish";
  learn("of-both");
  works.End(first);
  EXPECT_EQ(redactor.size(), 4U) << "the second may show them still";
  const uint64_t third = works.Begin();
  learn("of-the-third");
  works.End(second);
  EXPECT_EQ(redactor.Mask("of-the-first-alone of-both of-the-third"), "of-the-first-alone of-both {{token}}");
  EXPECT_EQ(redactor.size(), 2U);
  works.End(third);
  EXPECT_EQ(redactor.size(), 1U);
}

TEST(SelectScenarios, TakesAllOfThemUnlessTold) {
  EXPECT_EQ(Select({}).value().size(), 4U);
  EXPECT_EQ(Select({}, {"jira"}).value(), (Words{"tokens/expired@jira", "tokens/not-expired@jira"}));
}

TEST(SelectScenarios, KnowsASuiteAScenarioAndAFileByTheirNames) {
  EXPECT_EQ(Select({"isolation"}).value(), Words{"isolation/matrix@github"});
  EXPECT_EQ(Select({"scenarios/isolation"}).value(), Words{"isolation/matrix@github"});
  const Words both = {"tokens/expired@jira", "tokens/expired@github"};
  EXPECT_EQ(Select({"tokens/expired"}).value(), both);
  EXPECT_EQ(Select({"scenarios/tokens/expired.yaml"}).value(), both);
  // The end of a file's name is not its name: not-expired.yaml ends in the same way.
  EXPECT_EQ(Select({"expired.yaml"}).value(), both);
  EXPECT_EQ(Select({"tokens/expired@github"}).value(), Words{"tokens/expired@github"});
  EXPECT_EQ(Select({"tokens/expired"}, {"github"}).value(), Words{"tokens/expired@github"});
  // In the order of the files, once each.
  EXPECT_EQ(Select({"isolation", "tokens", "tokens/expired"}).value().size(), 4U);
}

TEST(SelectScenarios, AsksWhatWasProbablyMeant) {
  EXPECT_THAT(Select({"isolaton"}),
              FailsWith(ErrorKind::kInvalidInput,
                        "nothing is called 'isolaton' (did you mean 'isolation'?): 'iff list' shows what there is"));
  EXPECT_THAT(Select({"tokens/expird@jira"}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("(did you mean 'tokens/expired@jira'?)")));
  // One that selects something does not make up for one that does not.
  EXPECT_THAT(Select({"tokens", "nonsense-of-mine"}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("nothing is called 'nonsense-of-mine'")));
  EXPECT_THAT(Select({}, {"jria"}), FailsWith(ErrorKind::kInvalidInput,
                                              "no scenario is about a target called 'jria' (did you mean 'jira'?)"));
}

TEST(SelectScenarios, SaysWhenNothingIsLeft) {
  EXPECT_THAT(Select({"isolation"}, {"jira"}),
              FailsWith(ErrorKind::kInvalidInput, "no scenario is both selected and about such a target"));
}

// A scenario that was recorded, or came by mail, is played where it lies.
TEST(LoadSelected, TakesAFileFromAnywhere) {
  const std::string root = fs::current_path().string();
  const SessionOptions options{.places = {.root = root},
                               .system_file = root + "/systems/vault-demo/system.yaml",
                               .driver_registry = DeclaredDrivers()};
  const System system = LoadSystemFor(options).value();
  const std::string path = testing::TempDir() + "came-by-mail.yaml";
  const auto write = [&](const std::string& step) {
    std::ofstream(path)
        << "id: recorded/session\ntitle: as it was\ntargets: [jira, github]\ngiven: {principals: [alice]}\nsteps:\n"
           "  - {obtain: alice, for: alice}\n" +
               step;
  };
  const auto ids = [&](const Words& selectors) -> Result<Words> {
    const std::vector<Scenario> selected = TRY(LoadSelected(options, system, AllProbes(), {.selectors = selectors}));
    Words found;
    for (const Scenario& scenario : selected) found.push_back(scenario.id);
    return found;
  };
  write("  - {call: whoami, with: alice, expect: [{check: is-answered, level: must, tool: succeeds}]}\n");
  EXPECT_EQ(ids({path}).value(), (Words{"recorded/session@jira", "recorded/session@github"}));
  EXPECT_EQ(ids({path, "audit"}).value().back(), "recorded/session@github");
  // What lies among the suites is no other scenario by its absolute name.
  EXPECT_EQ(ids({root + "/scenarios/isolation/own-things.yaml"}).value(), ids({"isolation/own-things"}).value());
  write("  - {call: whoami, with: bob, expect: [{check: is-answered, level: must, tool: succeeds}]}\n");
  EXPECT_THAT(ids({path}), FailsWith(ErrorKind::kInvalidInput, HasSubstr("came-by-mail.yaml:7:")));
  fs::remove(path);
}

class SystemOnDisk : public testing::Test {
 protected:
  SystemOnDisk() {
    options_.system_file = testing::TempDir() + "session_test.system.yaml";
    std::ofstream(options_.system_file)
        << "system: demo\ncomponents:\n  vault: {driver: vault, options: {lease: 60s}}\n";
  }
  ~SystemOnDisk() override { fs::remove(options_.system_file); }
  SessionOptions options_{.driver_registry = DeclaredDrivers()};
};

TEST_F(SystemOnDisk, HasItsOptionsOverridden) {
  options_.overrides = {{"vault.lease", "5s"}, {"vault.product", "hashicorp"}};
  const Result<System> system = LoadSystemFor(options_);
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->components[0].options, Json({{"lease", "5s"}, {"product", "hashicorp"}}));
}

TEST_F(SystemOnDisk, HasNoOptionOverriddenOfAComponentItDoesNotHave) {
  options_.overrides = {{"valut.lease", "5s"}};
  EXPECT_THAT(
      LoadSystemFor(options_),
      FailsWith(ErrorKind::kInvalidInput, "set valut.lease: no component called 'valut' (did you mean 'vault'?)"));
}

}  // namespace
}  // namespace iff
