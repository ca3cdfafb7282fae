#include "harness/scenario/load.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/result_matchers.h"
#include "harness/steps/registry.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Vocabulary FewWords() {
  return {
      .targets = {"jira", "github"},
      .any = {"github", "jira"},
      .another = {{"jira", "github"}},
      .personas = {"alice", "bob"},
      .components = {{"vault", Protocol::kHttp},
                     {"jira", Protocol::kHttp},
                     {"postgres", {Protocol::kStartups, "PostgreSQL"}},
                     {"redis", {Protocol::kBytes, "RESP"}}},
      .roles = {{"github", {{"secret_store", "vault"}, {"database", "postgres"}}}, {"jira", {{"upstream", "jira"}}}},
      .operations = {"read_own", "read_of"},
      .tools = {"get_issue", "whoami"},
      .attacks = {"alg-none", "iat-missing", "proof-of-another-key"},
      .probes = {"growth"},
      .revocable = {"sessions"},
      .rotatable = {"keys"},
      .by_policy = {"iat-missing"},
      .of_proofs = {"proof-of-another-key"}};
}

class LoadScenarioTest : public testing::Test {
 protected:
  LoadScenarioTest() : folder_(fs::path(testing::TempDir()) / ("load_test-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~LoadScenarioTest() override { fs::remove_all(folder_); }

  Result<std::vector<Scenario>> Load(const std::string& text) const {
    std::ofstream(folder_ / "bad.yaml", std::ios::binary) << text;
    return LoadScenario((folder_ / "bad.yaml").string(), "demo", FewWords());
  }

  // What is said about `text`, with the file called bad.yaml wherever it lies.
  std::string MistakesIn(const std::string& text) const {
    const Result<std::vector<Scenario>> loaded = Load(text);
    if (loaded.ok()) return "no mistakes";
    EXPECT_EQ(loaded.error().kind(), ErrorKind::kInvalidInput);
    std::string said = loaded.error().message();
    const std::string prefix = folder_.string() + "/";
    for (size_t at = said.find(prefix); at != std::string::npos; at = said.find(prefix)) said.erase(at, prefix.size());
    return said;
  }

  // Of a scenario that is right but for `step`, its eighth line.
  std::string MistakesInStep(const std::string& step) const { return MistakesIn(kHead + step + "\n"); }

  static constexpr const char* kHeadText =
      "id: demo/one\n"
      "title: One\n"
      "target: jira\n"
      "given: {principals: [alice]}\n"
      "steps:\n"
      "- {obtain: token, for: alice}\n"
      "- {call: read_own, with: token, expect: [{check: works, level: must, tool: succeeds}]}\n";
  const std::string kHead = kHeadText;
  fs::path folder_;
};

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

TEST_F(LoadScenarioTest, PointsAtAnUnknownKeyAndSaysWhatWasMeant) {
  EXPECT_EQ(MistakesIn(kHead + "exclusiv: true\n"),
            "bad.yaml:8:1: unknown key 'exclusiv' (did you mean 'exclusive'?)\n"
            "  exclusiv: true\n"
            "  ^");
}

TEST_F(LoadScenarioTest, PointsAtAnUnknownStep) {
  EXPECT_EQ(MistakesInStep("- {revok: sessions, of: alice}"),
            "bad.yaml:8:4: unknown step 'revok' (did you mean 'revoke'?)\n"
            "  - {revok: sessions, of: alice}\n"
            "     ^");
  EXPECT_EQ(MistakesInStep("- {atack: alg-none}"),
            "bad.yaml:8:4: unknown step 'atack' (did you mean 'attack'?)\n"
            "  - {atack: alg-none}\n"
            "     ^");
}

TEST_F(LoadScenarioTest, PointsAtAToolNobodyHas) {
  EXPECT_EQ(MistakesInStep("- {call: get_isue, with: token}"),
            "bad.yaml:8:4: no target has a tool or operation called 'get_isue' (did you mean 'get_issue'?)\n"
            "  - {call: get_isue, with: token}\n"
            "     ^");
}

TEST_F(LoadScenarioTest, PointsAtARoleThatIsNotGiven) {
  // bob exists, but this scenario did not ask for him.
  EXPECT_EQ(MistakesInStep("- {obtain: other, for: bob}"),
            "bad.yaml:8:19: unknown name 'bob' (have: alice)\n"
            "  - {obtain: other, for: bob}\n"
            "                    ^");
  EXPECT_EQ(MistakesInStep("- {call: read_own, with: token, expect: [{check: c, level: must, withholds: [bob]}]}"),
            "bad.yaml:8:66: 'bob' is not among this scenario's principals\n"
            "  - {call: read_own, with: token, expect: [{check: c, level: must, withholds: [bob]}]}\n"
            "                                                                   ^");
}

TEST_F(LoadScenarioTest, PointsAtACredentialNobodyNamed) {
  EXPECT_EQ(MistakesInStep("- {call: read_own, with: tokne}"),
            "bad.yaml:8:20: unknown name 'tokne' (did you mean 'token'?)\n"
            "  - {call: read_own, with: tokne}\n"
            "                     ^");
}

TEST_F(LoadScenarioTest, PointsAtACheckThatStandsTwice) {
  EXPECT_EQ(MistakesInStep("- {call: whoami, expect: [{check: works, level: must, status: 401}]}"),
            "bad.yaml:8:28: check 'works' stands in this scenario already\n"
            "  - {call: whoami, expect: [{check: works, level: must, status: 401}]}\n"
            "                             ^");
}

TEST_F(LoadScenarioTest, PointsAtASecondConditionOfACheck) {
  EXPECT_EQ(MistakesInStep("- {call: whoami, expect: [{check: c, level: must, tool: succeeds, status: 200}]}"),
            "bad.yaml:8:67: a check expects one thing: this one already says 'tool'\n"
            "  - {call: whoami, expect: [{check: c, level: must, tool: succeeds, status: 200}]}\n"
            "                                                                    ^");
}

TEST_F(LoadScenarioTest, PointsAtACheckWithoutACondition) {
  EXPECT_THAT(MistakesInStep("- {call: whoami, expect: [{check: c, level: must}]}"),
              HasSubstr("bad.yaml:8:27: a check needs something to expect: tool, status, "));
}

TEST_F(LoadScenarioTest, TellsOnceOfAConditionItDoesNotKnow) {
  EXPECT_EQ(MistakesInStep("- {call: whoami, expect: [{check: c, level: must, witholds: alice}]}"),
            "bad.yaml:8:51: unknown key 'witholds' (did you mean 'withholds'?)\n"
            "  - {call: whoami, expect: [{check: c, level: must, witholds: alice}]}\n"
            "                                                    ^");
}

TEST_F(LoadScenarioTest, WantsALevelWithEveryCheck) {
  EXPECT_THAT(MistakesInStep("- {call: whoami, expect: [{check: c, status: 401}]}"), HasSubstr("'level' is missing"));
}

TEST_F(LoadScenarioTest, LetsNobodyWaitLong) {
  EXPECT_EQ(MistakesInStep("- {wait: 2s}"),
            "bad.yaml:8:4: nobody waits longer than 200ms: mint a time, or use 'eventually'\n"
            "  - {wait: 2s}\n"
            "     ^");
  EXPECT_EQ(MistakesInStep("- {wait: 200ms}"), "no mistakes");
}

TEST_F(LoadScenarioTest, WantsAttacksToNameTheirCheck) {
  EXPECT_EQ(MistakesInStep("- {attack: alg-none, from: token, operation: read_own}"),
            "bad.yaml:8:3: an attack needs an 'expect': name the check\n"
            "  - {attack: alg-none, from: token, operation: read_own}\n"
            "    ^");
}

TEST_F(LoadScenarioTest, AimsFaultsAtSomebodyAPathOrARequest) {
  EXPECT_EQ(MistakesInStep("- {fault: vault, as: huge, of: alice, path: /v1/auth, nth: 2}"), "no mistakes");
  EXPECT_THAT(MistakesInStep("- {fault: vault, as: 503, of: bob}"), HasSubstr("'bob'"));
  EXPECT_THAT(MistakesInStep("- {fault: vault, as: sealed, path: /v1}"), HasSubstr("it is sealed for everybody"));
}

TEST_F(LoadScenarioTest, AimsFaultsAtStartUpsOfPostgresql) {
  const auto fault = [this](const std::string& step) {
    const Result<std::vector<Scenario>> loaded = Load(kHead + "- {fault: postgres, " + step + "}\n");
    EXPECT_THAT(loaded, IsOk());
    return loaded.ok() ? std::get<FaultStep>(loaded->front().steps[2].action) : FaultStep{};
  };
  EXPECT_FALSE(fault("as: hold").start_ups);  // everything, whoever is connected too
  for (const char* const step :
       {"as: 53300", "as: 57P03", "as: garbage", "as: huge", "as: trickle", "as: hold, startup: any",
        "as: cut, of: alice", "as: refuse, nth: 2", "as: delay, delay: 1s, startup: {user: v-}"}) {
    EXPECT_TRUE(fault(step).start_ups) << step;
  }
  const FaultStep aimed = fault("as: cut, after: 9, of: alice, nth: 3, startup: {user: v-, application_name: iff}");
  EXPECT_EQ(aimed.after, 9u);
  EXPECT_EQ(aimed.principal, "alice");
  EXPECT_EQ(aimed.nth, 3u);
  EXPECT_EQ(aimed.parameters, (std::map<std::string, std::string>{{"user", "v-"}, {"application_name", "iff"}}));
  EXPECT_EQ(fault("as: 53300").as, "53300");
}

TEST_F(LoadScenarioTest, PointsAtWhatIsNoFaultOfAComponentOfThatKind) {
  EXPECT_EQ(MistakesInStep("- {fault: vault, as: 53300}"),
            "bad.yaml:8:18: '53300' is an SQLSTATE, and vault, which speaks HTTP, answers none (does: postgres)\n"
            "  - {fault: vault, as: 53300}\n"
            "                   ^");
  EXPECT_EQ(MistakesInStep("- {fault: postgres, as: 503}"),
            "bad.yaml:8:21: '503' is nothing postgres could be disturbed by, as it speaks PostgreSQL: want an SQLSTATE "
            "such as "
            "\"53300\", or one of refuse, hold, delay, cut, garbage, huge, trickle\n"
            "  - {fault: postgres, as: 503}\n"
            "                      ^");
  EXPECT_EQ(MistakesInStep("- {fault: vault, as: hold, startup: any}"),
            "bad.yaml:8:28: vault speaks HTTP, and has no startup messages: want 'path', 'of' or 'nth'\n"
            "  - {fault: vault, as: hold, startup: any}\n"
            "                             ^");
  const auto said = [this](const std::string& step) { return MistakesInStep("- {fault: postgres, " + step + "}"); };
  EXPECT_THAT(said("as: sealed"), HasSubstr("bad.yaml:8:21: 'sealed' is nothing postgres could be disturbed by"));
  EXPECT_THAT(said("as: 01000"), HasSubstr("bad.yaml:8:21: "));  // a number: 1000
  EXPECT_THAT(said("as: \"01000\""), HasSubstr("bad.yaml:8:21: '01000' is the SQLSTATE of no error"));
  EXPECT_THAT(said("as: 57p03"), HasSubstr("bad.yaml:8:21: unknown name '57p03'"));
  EXPECT_THAT(said("as: garbge"), HasSubstr("bad.yaml:8:21: unknown name 'garbge' (did you mean 'garbage'?)"));
  EXPECT_THAT(said("of: alice"), HasSubstr("'as' is missing"));
  EXPECT_THAT(said("as: hold, path: /"), HasSubstr("bad.yaml:8:31: a startup message of PostgreSQL has no path"));
  EXPECT_THAT(said("as: hold, of: bob"), HasSubstr("bad.yaml:8:31: unknown name 'bob'"));
  EXPECT_THAT(said("as: hold, nth: 0"), HasSubstr("bad.yaml:8:31: want 1 or more"));
  EXPECT_THAT(said("as: hold, startup: all"), HasSubstr("bad.yaml:8:31: want 'any', or what a start-up holds"));
  EXPECT_THAT(said("as: hold, startup: {}"), HasSubstr("bad.yaml:8:31: want 'any', or what a start-up holds"));
  EXPECT_THAT(said("as: hold, startup: {usr: a}"),
              HasSubstr("bad.yaml:8:41: unknown key 'usr' (did you mean 'user'?)"));
  EXPECT_THAT(said("as: hold, startup: {user: [a]}"), HasSubstr("bad.yaml:8:41: "));
  EXPECT_THAT(said("as: hold, after: 3"), HasSubstr("bad.yaml:8:31: 'after' stands beside 'as: cut'"));
  EXPECT_THAT(said("as: cut, after: -1"), HasSubstr("bad.yaml:8:30: want 0 or more"));
  EXPECT_THAT(said("as: hold, delay: 1s"),
              HasSubstr("bad.yaml:8:31: 'delay' stands beside 'as: delay' or 'as: trickle'"));
  EXPECT_THAT(said("as: delay"), HasSubstr("bad.yaml:8:3: how long is each piece delayed?"));
}

// What is written into a stream nobody here can read would be no fault but garbage of ours.
TEST_F(LoadScenarioTest, DisturbsNothingButConnectionsOfAForeignProtocol) {
  for (const char* const as : {"hold", "refuse", "delay, delay: 1s", "cut, after: 3"}) {
    EXPECT_EQ(MistakesInStep("- {fault: redis, as: " + std::string(as) + "}"), "no mistakes") << as;
  }
  for (const char* const as : {"503", "garbage", "huge", "trickle", "sealed"}) {
    EXPECT_THAT(MistakesInStep("- {fault: redis, as: " + std::string(as) + "}"),
                HasSubstr("is nothing redis could be disturbed by, as it speaks no HTTP: want one of refuse, hold"))
        << as;
  }
  EXPECT_THAT(MistakesInStep("- {fault: redis, as: \"53300\"}"), HasSubstr("redis, which speaks RESP, answers none"));
  for (const char* const aim : {"of: alice", "nth: 2", "path: /v1"}) {
    EXPECT_THAT(MistakesInStep("- {fault: redis, as: hold, " + std::string(aim) + "}"),
                HasSubstr("requests to redis cannot be told apart"))
        << aim;
  }
  EXPECT_THAT(MistakesInStep("- {fault: redis, as: hold, startup: any}"), HasSubstr("has no startup messages"));
}

TEST_F(LoadScenarioTest, WantsSomethingBoundWhereAProofIsWrong) {
  const std::string expect = ", from: token, operation: read_own, expect: [{check: c, level: must, refused: proof}]}";
  EXPECT_THAT(MistakesInStep("- {attack: proof-of-another-key" + expect), HasSubstr("obtain it with 'bound: true'"));
  EXPECT_EQ(MistakesInStep("- {obtain: token, for: alice, bound: true}\n- {attack: proof-of-another-key" + expect),
            "no mistakes");
  EXPECT_THAT(MistakesInStep("- {mint: other, from: token, forge: proof-of-another-key}"),
              HasSubstr("proof-of-another-key"));
}

TEST_F(LoadScenarioTest, WantsTlsWhereCertificatesAreShown) {
  const std::string none = "want 'tls: true' under 'given'";
  for (const char* const words : {"certificate_of: alice", "certificate_of: nobody", "as: certificate_in_fields"}) {
    EXPECT_THAT(MistakesInStep("- {call: read_own, with: token, " + std::string(words) + "}"), HasSubstr(none))
        << words;
  }
  EXPECT_THAT(MistakesInStep("- {mint: bound, from: token, to_certificate: true}"), HasSubstr(none));
  const std::string text =
      "id: demo/one\ntitle: One\ntarget: jira\ngiven: {principals: [alice], tls: true}\nsteps:\n"
      "  - {obtain: token, for: alice}\n  - {mint: bound, from: token, to_certificate: true}\n"
      "  - {call: read_own, with: bound, certificate_of: nobody, expect: [{check: c, level: must, refused: token}]}\n";
  const Result<std::vector<Scenario>> loaded = Load(text);
  ASSERT_THAT(loaded, IsOk());
  EXPECT_TRUE(loaded->front().tls);
  EXPECT_TRUE(std::get<MintStep>(loaded->front().steps[1].action).to_certificate);
  EXPECT_EQ(std::get<CallStep>(loaded->front().steps[2].action).sending.certificate_of, "nobody");
}

TEST_F(LoadScenarioTest, WantsANumberWhereAnyWouldDo) {
  EXPECT_THAT(MistakesInStep("- {call: whoami, expect: [{check: c, level: must, upstream: {component: jira}}]}"),
              HasSubstr("want 'calls' or 'at_least'"));
  EXPECT_THAT(MistakesInStep("- {call: whoami, expect: [{check: c, level: must, audit: {component: vault}}]}"),
              HasSubstr("want 'times' or 'at_least'"));
}

TEST_F(LoadScenarioTest, TakesAStepForOneThingOnly) {
  EXPECT_THAT(MistakesInStep("- {call: whoami, heal: vault}"),
              HasSubstr("a step does one thing: this one already says 'call'"));
}

TEST_F(LoadScenarioTest, WantsTheIdToNameItsSuite) {
  std::string text = kHead;
  text.replace(text.find("demo/one"), 8, "else/one");
  EXPECT_EQ(MistakesIn(text),
            "bad.yaml:1:1: the id of a scenario in this folder begins with 'demo/'\n"
            "  id: else/one\n"
            "  ^");
}

TEST_F(LoadScenarioTest, RefusesAScenarioThatExpectsNothing) {
  EXPECT_THAT(
      MistakesIn(
          "id: demo/one\ntitle: One\ntarget: jira\ngiven: {principals: [alice]}\nsteps: [{obtain: t, for: alice}]\n"),
      HasSubstr("bad.yaml:5:1: a scenario that expects nothing proves nothing"));
}

TEST_F(LoadScenarioTest, PointsAtAKeyThatStandsTwice) {
  EXPECT_EQ(MistakesIn(kHead + "title: Two\n"),
            "bad.yaml:8:1: 'title' stands here a second time\n"
            "  title: Two\n"
            "  ^");
}

TEST_F(LoadScenarioTest, PointsAtWhereTheSyntaxEnds) {
  const std::string said = MistakesIn(kHead + "tags: [one, two\n");
  EXPECT_THAT(said, testing::StartsWith("bad.yaml:"));
  EXPECT_THAT(said, HasSubstr("end of sequence flow not found"));
}

TEST_F(LoadScenarioTest, TellsAllMistakesAtOnce) {
  EXPECT_EQ(MistakesIn("id: demo/one\n"
                       "title: One\n"
                       "target: gira\n"
                       "given:\n"
                       "  principals: [alise]\n"
                       "steps:\n"
                       "  - obtain: token\n"
                       "    for: alise\n"
                       "  - cal: read_own\n"),
            "bad.yaml:5:16: unknown name 'alise' (did you mean 'alice'?)\n"
            "    principals: [alise]\n"
            "                 ^\n"
            "bad.yaml:9:5: unknown step 'cal' (did you mean 'call'?)\n"
            "    - cal: read_own\n"
            "      ^\n"
            "bad.yaml:6:1: a scenario that expects nothing proves nothing\n"
            "  steps:\n"
            "  ^\n"
            "bad.yaml:3:1: unknown target 'gira' (did you mean 'jira'?)\n"
            "  target: gira\n"
            "  ^");
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
