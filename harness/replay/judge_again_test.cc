#include "harness/replay/judge_again.h"

#include <gmock/gmock.h>

#include "harness/core/result_matchers.h"
#include "harness/run/evidence.h"
#include "harness/run/run_testing.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Scenario Everything() {
  Step attack = {.action = AttackStep{.attack = "alg-none", .from = "alice", .operation = "read_own"},
                 .expect = {Expect("forged-is-refused", RefusesToken{})}};
  Step others =
      CallOwn("bob", {Expect("not-alices", Withholds{{"alice"}}), Expect("says-why", ToolFails{{"not_found"}})});
  std::get<CallStep>(others.action).of = "alice";
  Scenario scenario = ScenarioOf(
      "suite/all@tracker",
      {Obtain("alice"),
       Obtain("bob"),
       CallOwn(
           "alice",
           {Expect("hers", Discloses{{"alice"}}),
            Expect("asked", UpstreamSaw{.component = "jira", .calls = 1, .owner = "alice"}),
            Expect("audited", Audited{.component = "vault", .owner = "alice", .operation = "read", .times = 1}),
            Expect("quiet", NoSecretIn{{"answer", "upstream"}}), Expect("in-time", Within{std::chrono::seconds(60)}),
            Expect("count", Tally{.what = "succeeded", .exactly = 1}),
            Expect("grows", CountGrows{"vault", "leases", 0})}),
       others,
       attack,
       {.action = ProbeStep{.name = "look"}, .expect = {Expect("found", ProbeFinds{"thing"})}}});
  scenario.principals = {Given("alice"), Given("bob")};
  return scenario;
}

ProbeSet Probes() {
  return {{"look", [](Sandbox&, const Json&) -> Result<ProbeOutcome> {
             ProbeOutcome outcome;
             outcome.findings["thing"] = {.met = true, .expected = "a thing", .observed = "a thing"};
             return outcome;
           }}};
}

// As it is read from the disk.
Json Stored(const ScenarioResult& result) { return ParseEvidence(Dump(result.evidence)).value(); }

void ExpectSameVerdicts(const std::function<void(FakeWorld&)>& spoil) {
  RunRig rig;
  rig.probes = Probes();
  spoil(rig.world);
  const Scenario scenario = Everything();
  const ScenarioResult result = rig.RunOne(scenario);
  const Result<JudgedAgain> again = JudgeAgain(scenario, result, Stored(result));
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->differences, IsEmpty());
  EXPECT_EQ(again->result.verdict(), result.verdict());
  EXPECT_TRUE(rig.redactor.Scan(Dump(result.evidence)).empty());
}

TEST(JudgeAgain, FindsWhatWasFound) {
  ExpectSameVerdicts([](FakeWorld&) {});
  ExpectSameVerdicts([](FakeWorld& world) { world.discloses_all = true; });
  ExpectSameVerdicts([](FakeWorld& world) { world.takes_forged = true; });
  ExpectSameVerdicts([](FakeWorld& world) { world.passes_through = true; });
  ExpectSameVerdicts([](FakeWorld& world) { world.asks_upstream = false; });
  ExpectSameVerdicts([](FakeWorld& world) { world.echoes = true; });
  ExpectSameVerdicts([](FakeWorld& world) { world.valid_left = 2; });
  ExpectSameVerdicts([](FakeWorld& world) { world.ledger_problem = "connection refused"; });
  ExpectSameVerdicts([](FakeWorld& world) { world.locked_out = {"bob"}; });
  ExpectSameVerdicts([](FakeWorld& world) { world.ill["vault"] = "it has ended"; });
}

TEST(JudgeAgain, ARequestBesideMcpIsJudgedFromWhatWasStored) {
  RunRig rig;
  const RequestStep health{.method = "GET", .path = "/health"};
  const Scenario scenario = ScenarioOf(
      "suite/request@tracker",
      {Obtain("alice"),
       {.action = health,
        .expect = {Expect("refused", HttpStatusIs{{401}}), Expect("open", HttpStatusIs{{200}}),
                   Expect("challenges", HeaderIs{.name = "WWW-Authenticate"}), Expect("nothing", Withholds{{"alice"}}),
                   Expect("unasked", UpstreamSaw{.component = "jira", .calls = 0})}}});
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(CheckIn(result, "refused").verdict, Verdict::kPassed);
  EXPECT_EQ(CheckIn(result, "open").verdict, Verdict::kFailed);
  const Result<JudgedAgain> again = JudgeAgain(scenario, result, Stored(result));
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->differences, IsEmpty());
  EXPECT_EQ(CheckIn(again->result, "challenges").verdict, Verdict::kPassed);
  EXPECT_EQ(CheckIn(again->result, "open").verdict, Verdict::kFailed);
}

// What a run found against this world is found again, and some check of it has `verdict`.
void ExpectFoundAgain(RunRig& rig, const Scenario& scenario, Verdict verdict, const std::string& reason) {
  RunResult run = rig.Run({scenario});
  EXPECT_THAT(JudgedOtherwise(run, {scenario}), IsEmpty());
  const Result<JudgedAgain> again = JudgeAgain(scenario, run.scenarios[0], Stored(run.scenarios[0]));
  ASSERT_THAT(again, IsOk());
  bool any = false;
  for (const StepResult& step : again->result.steps) {
    for (const Check& check : step.checks) {
      any = any || (check.verdict == verdict && check.reason.find(reason) != std::string::npos);
    }
  }
  EXPECT_TRUE(any) << "no check is " << Name(verdict) << " with '" << reason << "'";
}

TEST(JudgeAgain, ACheckThatErroredOverWhatCannotBeInspectedStaysErrored) {
  RunRig rig;
  rig.probes = Probes();
  rig.world.alter = [](const std::string&, const std::string&, HttpResponse& answer) {
    answer.headers.Add("Content-Encoding", "br");
  };
  ExpectFoundAgain(rig, Everything(), Verdict::kErrored, "not observed: answer holds what could not be looked into");
}

TEST(JudgeAgain, HoldsAServerToWhatItClaims) {
  // A challenge that names no error is enough of a server that is not strict, and not of one that is.
  for (const bool strict : {false, true}) {
    RunRig rig;
    rig.probes = Probes();
    rig.system.targets["tracker"].strict = strict;
    rig.world.alter = [](const std::string&, const std::string&, HttpResponse& answer) {
      if (answer.status == 401) answer.headers.Set("WWW-Authenticate", "Bearer realm=\"x\"");
    };
    ExpectFoundAgain(rig, Everything(), strict ? Verdict::kFailed : Verdict::kPassed, "");
    const ScenarioResult result = rig.RunOne(Everything());
    EXPECT_EQ(CheckIn(result, "forged-is-refused").verdict, strict ? Verdict::kFailed : Verdict::kPassed);
  }
}

// The same answers at two targets, of which one claims to be strict.
TEST(JudgeAgain, HoldsEachOfSeveralTargetsToWhatItClaims) {
  RunRig rig;
  rig.system.targets["board"] = rig.system.targets["tracker"];
  rig.system.targets["board"].name = "board";
  rig.system.targets["board"].strict = false;
  rig.world.alter = [](const std::string&, const std::string&, HttpResponse& answer) {
    if (answer.status == 401) answer.headers.Set("WWW-Authenticate", "Bearer realm=\"x\"");
  };
  const auto attack = [](const std::string& at, const std::string& check) {
    return Step{.action = AttackStep{.attack = "alg-none", .from = "alice", .operation = "read_own"},
                .at = at,
                .expect = {Expect(check, RefusesToken{})}};
  };
  Scenario scenario = ScenarioOf("suite/two@tracker", {Obtain("alice"), attack("", "here"), attack("board", "there")});
  scenario.beside = {"board"};
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(CheckIn(result, "here").verdict, Verdict::kFailed);
  EXPECT_EQ(CheckIn(result, "there").verdict, Verdict::kPassed);
  const Json stored = Stored(result);
  const Result<JudgedAgain> again = JudgeAgain(scenario, result, stored);
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->differences, IsEmpty());
  EXPECT_THAT(TermsFrom(stored, "nowhere"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("/beside/nowhere")));
  // Without them nobody knows what the other target was held to.
  Json old = stored;
  old.erase("beside");
  EXPECT_THAT(JudgeAgain(scenario, result, old), FailsWith(ErrorKind::kInvalidInput, HasSubstr("/beside")));
}

TEST(JudgeAgain, KnowsToolsByTheNamesOfOperationsAndWhichPlacesThereAreNot) {
  RunRig rig;
  rig.world.alter = [](const std::string&, const std::string& method, HttpResponse& answer) {
    if (method != "tools/list") return;
    answer = {.headers = {{"Content-Type", "application/json"}},
              .body = R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"get_issue"}]}})"};
  };
  Scenario scenario = ScenarioOf(
      "suite/words@tracker",
      {Obtain("alice"),
       {.action = ListStep{.sending = {.with = "alice"}, .method = "tools/list"},
        .expect = {Expect("lists", Lists{{"read_own"}, {}}), Expect("quiet", NoSecretIn{{"answer", "log", "audit"}})}},
       CallOwn("alice", {Expect("hers", Discloses{{"alice"}})})});
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(CheckIn(result, "lists").verdict, Verdict::kPassed) << CheckIn(result, "lists").reason;
  EXPECT_EQ(CheckIn(result, "quiet").verdict, Verdict::kPassed) << CheckIn(result, "quiet").reason;
  ExpectFoundAgain(rig, scenario, Verdict::kPassed, "");
}

TEST(JudgeAgain, AServerThatRefusesEverybodyIsNotSafeTheSecondTimeEither) {
  RunRig rig;
  rig.world.valid_left = 0;
  Scenario scenario =
      ScenarioOf("suite/brick@tracker", {Obtain("alice"), CallOwn("alice", {Expect("keeps-others", Withholds{})})});
  ExpectFoundAgain(rig, scenario, Verdict::kErrored, "proves nothing: the server answers 401 to everybody");
}

TEST(JudgeAgain, AConnectionThatWasEndedOverARequestThatIsNoneIsARefusal) {
  const Scenario scenario = ScenarioOf("suite/ended@tracker", {{.expect = {Expect("refused", RefusesRequest{})}}});
  for (const bool may : {true, false}) {
    Observation seen{.no_response = "the connection was ended", .may_hang_up = may};
    Json evidence = EvidenceHead({});
    evidence["steps"].push_back(EvidenceOf(seen, Redactor()));
    evidence["steps"][0]["people"] = PeopleOf(seen);
    ScenarioResult stored{.id = scenario.id};
    stored.steps.push_back({.checks = {Judge(scenario.steps[0].expect[0], {}, seen)}});
    EXPECT_EQ(stored.steps[0].checks[0].verdict, may ? Verdict::kPassed : Verdict::kErrored);
    const Result<JudgedAgain> again = JudgeAgain(scenario, stored, ParseEvidence(Dump(evidence)).value());
    ASSERT_THAT(again, IsOk());
    EXPECT_THAT(again->differences, IsEmpty());
  }
}

TEST(JudgeAgain, HoldsNobodyToAStrictCheckThatIsNewWhoIsNotStrict) {
  RunRig rig;
  rig.system.targets["tracker"].strict = false;
  Scenario scenario = Honest();
  const ScenarioResult result = rig.RunOne(scenario);
  Expectation fresh = Expect("fresh", HttpStatusIs{{404}});
  fresh.strict = true;
  scenario.steps[1].expect.push_back(fresh);
  const Result<JudgedAgain> again = JudgeAgain(scenario, result, Stored(result));
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->differences, ElementsAre("check fresh is new: inapplicable"));
}

TEST(JudgedOtherwise, NamesWhatIsMissingFromWhatWasStored) {
  RunRig rig;
  const Scenario scenario = Honest();
  RunResult run = rig.Run({scenario});
  EXPECT_THAT(JudgedOtherwise(run, {scenario}), IsEmpty());
  EXPECT_THAT(JudgedOtherwise(run, {}), ElementsAre(HasSubstr("no such scenario")));
  RunResult silent = run;
  silent.scenarios[0].evidence["steps"][1]["answer"] = nullptr;
  EXPECT_THAT(JudgedOtherwise(silent, {scenario}), ElementsAre(HasSubstr("reads-her-own errored, was passed")));
  silent.scenarios[0].evidence["steps"][1].erase("not_inspectable");
  EXPECT_THAT(JudgedOtherwise(silent, {scenario}), ElementsAre(HasSubstr("/not_inspectable: is missing")));
  silent.scenarios[0].evidence = nullptr;
  EXPECT_THAT(JudgedOtherwise(silent, {scenario}), ElementsAre(HasSubstr("no stored evidence")));
}

TEST(JudgeAgain, KnowsThePeopleOfTheStepsBefore) {
  RunRig rig;
  rig.probes = Probes();
  const Scenario scenario = Everything();
  const ScenarioResult result = rig.RunOne(scenario);
  Json stored = Stored(result);
  int told = 0;
  for (Json& step : stored["steps"]) {
    if (!step.is_object() || !step.contains("people")) continue;
    ++told;
    step["people"]["persona_of"] = Json::object();
  }
  EXPECT_EQ(told, 1);
  const Result<JudgedAgain> nobody = JudgeAgain(scenario, result, stored);
  ASSERT_THAT(nobody, IsOk());
  EXPECT_FALSE(nobody->differences.empty()) << "nothing is judged by who is on the sandbox";
}

TEST(JudgeAgain, RefusesARunOfAnOlderForm) {
  RunRig rig;
  const ScenarioResult result = rig.RunOne(Honest());
  Json stored = Stored(result);
  stored.erase("evidence");
  EXPECT_THAT(JudgeAgain(Honest(), result, stored),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("an older iff, in version 1")));
}

TEST(JudgeAgain, KnowsThePeopleOfAStepThatWasTriedAgain) {
  RunRig rig;
  Scenario scenario = Honest();
  rig.world.valid_left = 0;  // never lets anybody in, so that it asks until the time is over
  std::get<CallStep>(scenario.steps[1].action).sending.eventually = std::chrono::milliseconds(120);
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(result.verdict(), Verdict::kFailed);
  const Json stored = Stored(result);
  EXPECT_TRUE(stored["steps"][1].contains("people"));
  const Result<JudgedAgain> again = JudgeAgain(scenario, result, stored);
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->differences, IsEmpty());
}

TEST(JudgeAgain, GoesByWhatIsExpectedNow) {
  RunRig rig;
  rig.probes = Probes();
  Scenario scenario = Everything();
  const ScenarioResult result = rig.RunOne(scenario);
  ASSERT_EQ(result.verdict(), Verdict::kPassed) << result.error;
  scenario.steps[2].expect[1] = Expect("asked", UpstreamSaw{.component = "jira", .calls = 2, .owner = "alice"});
  scenario.steps[3].expect = {Expect("status", HttpStatusIs{{200}})};
  const Result<JudgedAgain> again = JudgeAgain(scenario, result, Stored(result));
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->differences, ElementsAre(HasSubstr("check asked failed, was passed: expected jira saw 2 calls"),
                                              "check status is new: passed", "check not-alices is gone, was passed",
                                              "check says-why is gone, was passed"));
  EXPECT_EQ(again->result.verdict(), Verdict::kFailed);
}

TEST(JudgeAgain, RefusesEvidenceThatIsNone) {
  ScenarioResult stored;
  Json evidence = EvidenceHead({});
  evidence["steps"] = {nullptr, nullptr, {{"answer", nullptr}}};
  EXPECT_THAT(JudgeAgain(Everything(), stored, evidence),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("step 3: this is no stored observation")));
}

TEST(SameSteps, DoesNotMindWhatIsExpected) {
  const Json one = {{"steps", {{{"call", "read_own"}, {"expect", {1}}}}}, {"title", "a"}};
  const Json other = {{"steps", {{{"call", "read_own"}, {"expect", {2}}}}}, {"title", "b"}};
  const Json third = {{"steps", {{{"call", "read_of"}, {"expect", {1}}}}}, {"title", "a"}};
  EXPECT_TRUE(SameSteps(one, other));
  EXPECT_FALSE(SameSteps(one, third));
}

}  // namespace
}  // namespace iff
