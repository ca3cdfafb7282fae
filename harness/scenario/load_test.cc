#include "harness/scenario/load.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/result_matchers.h"
#include "harness/scenario/load_testing.h"
#include "harness/steps/registry.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST_F(LoadScenarioTest, ReadsWhatIsRight) {
  const Result<std::vector<Scenario>> loaded = Load(kHead);
  ASSERT_THAT(loaded, IsOk());
  ASSERT_EQ(loaded->size(), 1u);
  const Scenario& scenario = loaded->front();
  EXPECT_EQ(scenario.id, "demo/one@jira");
  EXPECT_EQ(scenario.suite, "demo");
  ASSERT_EQ(scenario.steps.size(), 2u);
  EXPECT_EQ(scenario.steps[1].line, 7);
  const auto* call = std::get_if<CallStep>(&scenario.steps[1].action);
  ASSERT_NE(call, nullptr);
  EXPECT_EQ(call->operation, "read_own");
  EXPECT_EQ(call->sending.with, "token");
  ASSERT_EQ(scenario.steps[1].expect.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<ToolSucceeds>(scenario.steps[1].expect[0].condition));
}

TEST_F(LoadScenarioTest, MakesAScenarioOfEachTarget) {
  std::string text = kHead;
  text.replace(text.find("target: jira"), 12, "targets: [jira, github]");
  const Result<std::vector<Scenario>> loaded = Load(text);
  ASSERT_THAT(loaded, IsOk());
  ASSERT_EQ(loaded->size(), 2u);
  EXPECT_EQ((*loaded)[0].id, "demo/one@jira");
  EXPECT_EQ((*loaded)[1].id, "demo/one@github");
}

TEST_F(LoadScenarioTest, MakesAScenarioOfAnyTargetButTheExcepted) {
  std::string text = kHead;
  text.replace(text.find("target: jira"), 12, "targets: any");
  const Result<std::vector<Scenario>> all = Load(text);
  ASSERT_THAT(all, IsOk());
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].id, "demo/one@github");
  EXPECT_EQ((*all)[0].source["target"], Json("github"));
  text.replace(text.find("targets: any"), 12, "targets: any\nexcept: [github]");
  const Result<std::vector<Scenario>> some = Load(text);
  ASSERT_THAT(some, IsOk());
  ASSERT_EQ(some->size(), 1u);
  EXPECT_EQ((*some)[0].id, "demo/one@jira");
  EXPECT_FALSE((*some)[0].source.contains("except"));
  text.replace(text.find("except: [github]"), 16, "except: [gihtub]");
  EXPECT_THAT(MistakesIn(text), HasSubstr("unknown target 'gihtub' (did you mean 'github'?)"));
  text.replace(text.find("targets: any"), 12, "targets: jira");
  EXPECT_THAT(MistakesIn(text), HasSubstr("'except' stands beside 'targets: any'"));
}

TEST_F(LoadScenarioTest, ReadsWhichTargetsStandBesideAndWhichOfThemAStepGoesTo) {
  std::string text =
      kHead + "- {call: read_own, at: github, with: token, expect: [{check: there, level: must, tool: fails}]}\n";
  text.replace(text.find("target: jira"), 12, "target: jira\nbeside: github");
  const Result<std::vector<Scenario>> loaded = Load(text);
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(loaded->front().beside, std::vector<std::string>{"github"});
  EXPECT_EQ(loaded->front().steps[1].at, "");
  EXPECT_EQ(loaded->front().steps[2].at, "github");
}

TEST_F(LoadScenarioTest, PutsTheTargetThatIsMeantInThePlaceOfAnother) {
  std::string text =
      kHead + "- {call: read_own, at: another, with: token, expect: [{check: there, level: must, tool: fails}]}\n";
  text.replace(text.find("target: jira"), 12, "targets: [jira, github]\nbeside: another");
  const Result<std::vector<Scenario>> loaded = Load(text);
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ((*loaded)[0].beside, std::vector<std::string>{"github"});
  EXPECT_EQ((*loaded)[0].steps[2].at, "github");
  EXPECT_EQ((*loaded)[0].source["beside"], Json::array({"github"}));
  EXPECT_EQ((*loaded)[0].source["steps"][2]["at"], Json("github"));
  // Nothing can stand beside the other: the word stays, and the scenario does not apply.
  EXPECT_EQ((*loaded)[1].beside, std::vector<std::string>{"another"});
  EXPECT_EQ((*loaded)[1].steps[2].at, "another");
}

TEST_F(LoadScenarioTest, TellsWhatCannotStandBesideAndWhereNoStepCanGo) {
  const auto with = [&](const std::string& beside, const std::string& step) {
    std::string text = kHead + step + "\n";
    return MistakesIn(text.replace(text.find("target: jira"), 12, "target: jira\n" + beside));
  };
  const std::string call = "- {call: read_own, at: github, with: token}";
  EXPECT_THAT(with("beside: gihtub", ""), HasSubstr("bad.yaml:4:1: unknown target 'gihtub' (did you mean 'github'?)"));
  EXPECT_THAT(with("beside: jira", ""), HasSubstr("'jira' is what this scenario is about"));
  EXPECT_THAT(with("beside: [github, github]", ""), HasSubstr("'github' stands here already"));
  EXPECT_THAT(with("beside: [github, another]", ""), HasSubstr("'another' stands alone"));
  EXPECT_THAT(with("beside: [a, b, c, d]", ""), HasSubstr("want at most 3 targets beside"));
  EXPECT_THAT(with("tags: x", call), HasSubstr("bad.yaml:9:20: no other target stands beside this scenario's"));
  EXPECT_THAT(with("beside: another", call), HasSubstr("'github' is not among the targets under 'beside'"));
  EXPECT_THAT(with("beside: github", "- {call: read_own, at: gihtub, with: token}"),
              HasSubstr("unknown target 'gihtub' (did you mean 'github'?)"));
  EXPECT_THAT(with("beside: github", "- {call: read_own, at: jira, with: token}"),
              HasSubstr("'jira' is not among the targets under 'beside'"));
  EXPECT_THAT(with("beside: github", "- {wait: 10ms, at: github}"), HasSubstr("unknown key 'at'"));
  EXPECT_THAT(with("beside: github", "- {request: {method: GET, path: /, to: vault}, at: github}"),
              HasSubstr("a request to a component goes to no target"));
}

TEST_F(LoadScenarioTest, KnowsWhatOnlyTheStrictAreHeldTo) {
  const std::string steps =
      "- {call: read_own, with: token, expect: [{check: a, level: must, strict: true, tool: succeeds}, {check: b, "
      "level: must, names: alice}]}\n"
      "- {attack: iat-missing, from: token, operation: read_own, expect: [{check: c, level: must, refused: token}]}\n"
      "- {attack: alg-none, from: token, operation: read_own, expect: [{check: d, level: must, refused: token}]}\n";
  const Result<std::vector<Scenario>> loaded = Load(kHead + steps);
  ASSERT_THAT(loaded, IsOk());
  const std::vector<Step>& read = loaded->front().steps;
  EXPECT_TRUE(read[2].expect[0].strict);
  EXPECT_FALSE(read[2].expect[1].strict);
  EXPECT_TRUE(read[3].expect[0].strict);
  EXPECT_FALSE(read[4].expect[0].strict);
}

TEST_F(LoadScenarioTest, CastsACrowdByNumber) {
  std::string text = kHead;
  text.replace(text.find("[alice]"), 7, "[alice, {name: bob, count: 3, holds: [jira]}]");
  const Result<std::vector<Scenario>> loaded = Load(text);
  ASSERT_THAT(loaded, IsOk());
  std::vector<std::string> personas;
  for (const GivenPrincipal& principal : loaded->front().principals)
    personas.push_back(principal.persona + "/" + principal.person);
  EXPECT_THAT(personas, testing::ElementsAre("alice/alice", "bob1/bob", "bob2/bob", "bob3/bob"));
}

TEST_F(LoadScenarioTest, PutsWhoHasARoleAtEachTargetInItsPlace) {
  const Result<std::vector<Scenario>> loaded = Load(
      "id: demo/one\n"
      "title: One\n"
      "targets: any\n"
      "given: {principals: [alice]}\n"
      "steps:\n"
      "- {obtain: token, for: alice}\n"
      "- {fault: secret_store, as: refuse}\n"
      "- {fault: database, as: \"53300\"}\n"
      "- {probe: growth, arguments: {disturbs: upstream}, expect: [{check: few, level: must, probe: "
      "secret_store.leases}]}\n"
      "- {heal: secret_store}\n"
      "- {call: read_own, with: token, expect: [{check: asked, level: must, upstream: {component: upstream, calls: "
      "1}}]}\n");
  ASSERT_THAT(loaded, IsOk());
  ASSERT_EQ(loaded->size(), 2U);
  const auto gates = [](const Scenario& scenario) {
    std::vector<std::string> names;
    for (const Step& step : scenario.steps) names.push_back(EffectsOf(step.action).gate);
    return names;
  };
  const auto asked = [](const Scenario& scenario) {
    return std::get<UpstreamSaw>(scenario.steps.back().expect.front().condition).component;
  };
  const auto finding = [](const Scenario& scenario) {
    return std::get<ProbeFinds>(scenario.steps[3].expect.front().condition).finding;
  };
  // A role that nobody has stays as it is: it does not apply there.
  const Scenario& github = loaded->at(0);
  EXPECT_EQ(gates(github), (std::vector<std::string>{"", "vault", "postgres", "upstream", "", ""}));
  EXPECT_EQ(asked(github), "upstream");
  EXPECT_EQ(finding(github), "vault.leases");
  const Scenario& jira = loaded->at(1);
  EXPECT_EQ(gates(jira), (std::vector<std::string>{"", "secret_store", "database", "jira", "", ""}));
  EXPECT_EQ(asked(jira), "jira");
  EXPECT_EQ(finding(jira), "secret_store.leases");
}

TEST_F(LoadScenarioTest, MeansTheTargetThatAStepGoesTo) {
  const Result<std::vector<Scenario>> loaded = Load(
      "id: demo/one\n"
      "title: One\n"
      "target: jira\n"
      "beside: another\n"
      "given: {principals: [alice]}\n"
      "steps:\n"
      "- {obtain: token, for: alice}\n"
      "- {call: read_own, at: another, with: token, expect: [{check: a, level: must, audit: {component: secret_store, "
      "times: 0}}]}\n"
      "- {call: read_own, with: token, expect: [{check: b, level: must, audit: {component: secret_store, times: "
      "0}}]}\n");
  ASSERT_THAT(loaded, IsOk());
  const auto component = [&](size_t step) {
    return std::get<Audited>(loaded->front().steps[step].expect.front().condition).component;
  };
  EXPECT_EQ(component(1), "vault");
  EXPECT_EQ(component(2), "secret_store");
}

TEST_F(LoadScenarioTest, SaysThatAFileCannotBeRead) {
  EXPECT_THAT(LoadScenario((folder_ / "none.yaml").string(), "demo", FewWords()),
              FailsWith(ErrorKind::kSystem, HasSubstr("none.yaml")));
}

TEST(LoadSuites, MakesOneSuiteOfFoldersOfOneName) {
  const fs::path root = fs::path(testing::TempDir()) / ("load_further-" + std::to_string(getpid()));
  const std::vector<std::string> files = {"all/demo/b", "all/other/c", "own/demo/a"};
  for (const std::string& file : files) {
    fs::create_directories((root / file).parent_path());
    const std::string id = file.substr(4);
    std::ofstream(root / (file + ".yaml"))
        << "id: " << id
        << "\ntitle: One\ntarget: jira\n"
           "steps: [{call: whoami, expect: [{check: c, level: must, status: 401}]}]\n";
  }
  const auto ids = [&](const std::string& further) {
    std::vector<std::string> found;
    const Result<std::vector<Suite>> suites = LoadSuites((root / "all").string(), FewWords(), further);
    EXPECT_THAT(suites, IsOk());
    for (const Suite& suite : suites.ok() ? *suites : std::vector<Suite>()) {
      found.push_back(suite.name);
      for (const Scenario& scenario : suite.scenarios) found.push_back(scenario.id);
    }
    return found;
  };
  EXPECT_EQ(ids((root / "own").string()),
            (std::vector<std::string>{"demo", "demo/b@jira", "demo/a@jira", "other", "other/c@jira"}));
  EXPECT_EQ(ids((root / "none").string()), (std::vector<std::string>{"demo", "demo/b@jira", "other", "other/c@jira"}));
  fs::remove_all(root);
}

TEST(LoadSuites, RefusesTwoScenariosOfOneId) {
  const fs::path root = fs::path(testing::TempDir()) / ("load_suites-" + std::to_string(getpid()));
  fs::create_directories(root / "demo");
  for (const char* name : {"a.yaml", "b.yaml"}) {
    std::ofstream(root / "demo" / name) << "id: demo/one\ntitle: One\ntarget: jira\n"
                                           "steps: [{call: whoami, expect: [{check: c, level: must, status: 401}]}]\n";
  }
  EXPECT_THAT(LoadSuites(root.string(), FewWords()),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("b.yaml:1:1: scenario id 'demo/one@jira' is taken")));
  fs::remove_all(root);
}

}  // namespace
}  // namespace iff
