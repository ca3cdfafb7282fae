// What is said of a scenario file that is wrong.
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

}  // namespace
}  // namespace iff
