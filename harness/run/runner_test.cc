#include "harness/run/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness/jose/token.h"
#include "harness/launch/launcher.h"
#include "harness/net/gate.h"
#include "harness/run/run_testing.h"

namespace iff {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Step AttackWith(std::vector<Expectation> expect) {
  return {.action = AttackStep{.attack = "alg-none", .from = "alice", .operation = "read_own"},
          .expect = std::move(expect)};
}

TEST(Runner, PassesAScenarioWhoseChecksAreMet) {
  RunRig rig;
  const ScenarioResult result = rig.RunOne(ScenarioOf(
      "suite/own@tracker",
      {Obtain("alice"),
       CallOwn("alice", {Expect("succeeds", ToolSucceeds{}), Expect("hers", Discloses{{"alice"}}),
                         Expect("asked-as-her", UpstreamSaw{.component = "jira", .calls = 1, .owner = "alice"}),
                         Expect("audited", Audited{.component = "vault", .owner = "alice", .times = 1}),
                         Expect("quiet", NoSecretIn{{"answer", "upstream"}})})}));
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.verdict(), Verdict::kPassed);
  ASSERT_EQ(result.steps.size(), 2U);
  EXPECT_EQ(result.steps[0].title, "alice logs in");
  EXPECT_EQ(result.steps[1].title, "alice calls get_issue");
  EXPECT_EQ(result.steps[1].checks.size(), 5U);
  for (const Check& check : result.steps[1].checks) EXPECT_EQ(check.verdict, Verdict::kPassed) << check.reason;
  EXPECT_EQ(result.principals, std::vector<std::string>{"alice"});
  EXPECT_TRUE(result.logs.empty());
  // What crossed the wire, at both ends, and none of it a secret.
  ASSERT_EQ(result.steps[1].trace.exchanges.size(), 1U);
  EXPECT_EQ(result.steps[1].trace.exchanges[0].credential, "alice.mcp.token#1");
  EXPECT_EQ(result.steps[1].trace.downstream.events.size(), 2U);
  RunResult run{.scenarios = {result}};
  EXPECT_TRUE(rig.redactor.Scan(Dump(ToJson(run))).empty());
  EXPECT_EQ(run.exit_code(), ExitCode::kOk);
}

TEST(Runner, FailsAScenarioWhoseTargetGivesAwayWhatIsSomebodyElses) {
  RunRig rig;
  rig.world.discloses_all = true;
  Scenario scenario = ScenarioOf("suite/others@tracker", {Obtain("bob"), CallOwn("bob", {})});
  scenario.principals = {Given("alice"), Given("bob")};
  auto& call = std::get<CallStep>(scenario.steps[1].action);
  call.of = "alice";
  scenario.steps[1].expect = {Expect("keeps-alices", Withholds{{"alice"}})};
  const RunResult run = rig.Run({scenario});
  EXPECT_EQ(run.scenarios[0].steps[1].title, "bob calls get_issue for what is alice's");
  EXPECT_EQ(CheckIn(run.scenarios[0], "keeps-alices").reason, "bob got alice.jira.canary from tracker");
  EXPECT_EQ(run.exit_code(), ExitCode::kFailed);
}

TEST(Runner, ErrorsWhatATargetThatIsNotThereWouldHaveBeenAsked) {
  RunRig rig;
  const HeldPort nobody = HeldPort::Acquire().value();
  rig.system.targets["tracker"].url = nobody.endpoint().Url("/mcp");
  const RunResult run = rig.Run({ScenarioOf(
      "suite/silent@tracker",
      {Obtain("alice"), CallOwn("alice", {Expect("refused", RefusesToken{}), Expect("quiet", NoSecretIn{{"answer"}}),
                                          Expect("unasked", UpstreamSaw{.component = "jira", .calls = 0})})})});
  EXPECT_TRUE(NothingBelieved(run.scenarios[0]));
  EXPECT_TRUE(Contains(CheckIn(run.scenarios[0], "refused").reason, "connection refused"))
      << CheckIn(run.scenarios[0], "refused").reason;
  EXPECT_EQ(run.exit_code(), ExitCode::kErrored);
}

TEST(Runner, PlaysNothingAboutATargetOrARoleTheSystemDoesNotHave) {
  RunRig rig;
  Scenario scenario = Honest();
  scenario.target = "other";
  EXPECT_EQ(rig.RunOne(scenario).inapplicable, "it is about 'other', which fakes does not have");
  scenario = Honest();
  scenario.principals.push_back(Given("mallory"));
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(result.inapplicable, "nobody in fakes is called 'mallory'");
  EXPECT_EQ(result.verdict(), Verdict::kInapplicable);
  EXPECT_TRUE(result.steps.empty());
}

// ---- attacks

TEST(Runner, PassesAnAttackThatIsRefusedBetweenTwoValidTokens) {
  RunRig rig;
  const ScenarioResult result = rig.RunOne(
      ScenarioOf("suite/attack@tracker", {Obtain("alice"), AttackWith({Expect("refused", RefusesToken{})})}));
  EXPECT_EQ(result.verdict(), Verdict::kPassed) << result.error << CheckIn(result, "refused").reason;
  EXPECT_EQ(result.steps[1].trace.exchanges.size(), 3U);
  ASSERT_EQ(rig.world.seen_tokens.size(), 3U);
  EXPECT_EQ(rig.world.seen_tokens[0], rig.world.seen_tokens[2]);
  EXPECT_NE(rig.world.seen_tokens[0], rig.world.seen_tokens[1]);
}

// An issuer whose tokens carry no aud cannot be asked for one with a wrong aud; all else is asked.
TEST(Runner, LeavesOutAnAttackThatTheIssuersTokensCannotHaveAndPlaysOn) {
  RunRig rig;
  rig.world.profile = TokenProfile::Named("cognito").value();
  const auto attack = [](const std::string& id, const std::string& check) {
    Step step = AttackWith({Expect(check, RefusesToken{})});
    std::get<AttackStep>(step.action).attack = id;
    return step;
  };
  Step mint{.action = MintStep{.name = "hers", .from = "alice", .forge = "aud-other-server"}};
  const ScenarioResult result =
      rig.RunOne(ScenarioOf("suite/attack@tracker", {Obtain("alice"), attack("aud-other-server", "not-for-others"),
                                                     mint, CallOwn("hers", {Expect("minted", RefusesToken{})}),
                                                     attack("expired", "not-after-its-end")}));
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(CheckIn(result, "not-for-others").verdict, Verdict::kInapplicable);
  EXPECT_THAT(CheckIn(result, "not-for-others").reason, HasSubstr("profile cognito carry no aud"));
  EXPECT_EQ(CheckIn(result, "minted").verdict, Verdict::kInapplicable);
  EXPECT_EQ(CheckIn(result, "not-after-its-end").verdict, Verdict::kPassed)
      << CheckIn(result, "not-after-its-end").reason;
  EXPECT_EQ(result.verdict(), Verdict::kPassed);
}

TEST(Runner, ErrorsAnAttackOnATokenThatIsNotWhatItsIssuerPromises) {
  RunRig rig;
  Step attack = AttackWith({Expect("refused", RefusesToken{})});
  std::get<AttackStep>(attack.action).attack = "azp-missing";  // the fake's tokens have none
  const ScenarioResult result = rig.RunOne(ScenarioOf("suite/attack@tracker", {Obtain("alice"), attack}));
  EXPECT_EQ(CheckIn(result, "refused").verdict, Verdict::kErrored);
  EXPECT_THAT(result.error, HasSubstr("names no client"));
}

TEST(Runner, FailsAnAttackThatIsTaken) {
  RunRig rig;
  rig.world.takes_forged = true;
  const ScenarioResult result = rig.RunOne(
      ScenarioOf("suite/attack@tracker", {Obtain("alice"), AttackWith({Expect("refused", RefusesToken{})})}));
  EXPECT_EQ(CheckIn(result, "refused").verdict, Verdict::kFailed);
}

TEST(Runner, ErrorsAnAttackWhoseValidTwinIsRefusedBeforeOrAfter) {
  for (const int left : {0, 1}) {
    RunRig rig;
    rig.world.valid_left = left;
    const ScenarioResult result = rig.RunOne(
        ScenarioOf("suite/attack@tracker", {Obtain("alice"), AttackWith({Expect("refused", RefusesToken{})})}));
    EXPECT_TRUE(NothingBelieved(result));
    EXPECT_TRUE(Contains(CheckIn(result, "refused").reason,
                         "proves nothing, because the valid token was refused too: HTTP 401"))
        << CheckIn(result, "refused").reason;
  }
}

TEST(Runner, SendsAValidTwinOnceMoreThatFoundItsConnectionEnded) {
  RunRig rig;
  const auto gate = Gate::Open(ParseUrl(rig.system.targets["tracker"].url).value().endpoint).value();
  rig.system.targets["tracker"].url = gate->endpoint().Url("/mcp");
  int asked = 0;
  rig.world.alter = [&](const std::string&, const std::string&, HttpResponse&) {
    ++asked;
    if (asked == 3) gate->Set({.mode = GateMode::kCut});
    if (asked == 4) gate->Heal();
  };
  const ScenarioResult result = rig.RunOne(
      ScenarioOf("suite/attack@tracker", {Obtain("alice"), AttackWith({Expect("refused", RefusesToken{})})}));
  EXPECT_EQ(asked, 4);
  EXPECT_EQ(result.verdict(), Verdict::kPassed) << result.error << CheckIn(result, "refused").reason;
}

TEST(Runner, BelievesThatAForgedTokenOpenedSomethingWhateverBecameOfTheValidOne) {
  RunRig rig;
  rig.world.takes_forged = true;
  rig.world.discloses_all = true;
  rig.world.valid_left = 1;
  const ScenarioResult result = rig.RunOne(
      ScenarioOf("suite/attack@tracker", {Obtain("alice"), AttackWith({Expect("refused", RefusesToken{})})}));
  EXPECT_EQ(CheckIn(result, "refused").verdict, Verdict::kFailed);
  EXPECT_EQ(CheckIn(result, "refused").reason,
            "tracker took a token of alice's that it has to refuse, \"An unsigned token (alg none) opens nothing\" "
            "(alg-none), and "
            "answered get_issue with what is private to alice");
  EXPECT_TRUE(CheckIn(result, "refused").tells);
}

TEST(Runner, ShowsTheBytesOfARequestThatIsBentInThem) {
  RunRig rig;
  Step attack = AttackWith({Expect("refused", RefusesRequest{}), Expect("gives-nothing", Withholds{{"alice"}})});
  std::get<AttackStep>(attack.action).attack = "request-host-none";
  const ScenarioResult result = rig.RunOne(ScenarioOf("suite/attack@tracker", {Obtain("alice"), attack}));
  EXPECT_EQ(result.verdict(), Verdict::kPassed) << result.error << CheckIn(result, "refused").reason;
  ASSERT_EQ(result.steps[1].trace.exchanges.size(), 3U);
  const Exchange& bent = result.steps[1].trace.exchanges[1];
  EXPECT_TRUE(bent.request_headers.empty());
  EXPECT_TRUE(bent.request_body.starts_with("POST /mcp HTTP/1.1\r\n")) << bent.request_body;
  EXPECT_FALSE(Contains(bent.request_body, "Host:")) << bent.request_body;
  for (const std::string& token : rig.world.seen_tokens) EXPECT_FALSE(Contains(bent.request_body, token));
}

TEST(Runner, BendsARequestThatShowsAKey) {
  RunRig rig;
  rig.system.targets["tracker"].key_header = "X-API-Key";
  rig.world.takes_forged = rig.world.discloses_all = true;  // the fake reads no keys
  Step attack = AttackWith({Expect("gives-nothing", Withholds{{"alice"}})});
  std::get<AttackStep>(attack.action).attack = "request-batch";
  const ScenarioResult result = rig.RunOne(ScenarioOf("suite/attack@tracker", {Obtain("alice"), attack}));
  EXPECT_EQ(result.verdict(), Verdict::kPassed) << result.error << CheckIn(result, "gives-nothing").reason;
  ASSERT_EQ(result.steps[1].trace.exchanges.size(), 3U);
  EXPECT_TRUE(result.steps[1].trace.exchanges[1].request_body.starts_with("[{"));
}

// ---- what cannot be found out

TEST(Runner, BelievesNothingThatWasSeenWhileAComponentWasGone) {
  for (const char* component : {"vault", "jira"}) {
    RunRig rig;
    rig.world.ill[component] = "does not answer";
    const RunResult run = rig.Run({Honest()});
    EXPECT_TRUE(NothingBelieved(run.scenarios[0])) << component;
    EXPECT_EQ(CheckIn(run.scenarios[0], "reads-her-own").reason,
              "cannot be told: " + std::string(component) + ": does not answer");
    EXPECT_EQ(run.exit_code(), ExitCode::kErrored);
  }
}

TEST(Runner, KeepsTheLastWordsOfComponentsThatWent) {
  RunRig rig;
  rig.world.ill["vault"] = "does not answer";
  EXPECT_EQ(rig.RunOne(Honest()).logs.at("vault"), "the last words of vault");
}

// What was checked stands: it is the run that has people in it whom nobody put there.
TEST(Runner, IsErroredByALoginThatMadeSomebodyNobodyDeclared) {
  RunRig rig;
  rig.world.strangers = {"entity_12ab (for mallory)"};
  const RunResult run = rig.Run({Honest()});
  EXPECT_EQ(
      run.scenarios[0].error,
      "vault made the entity entity_12ab (for mallory) for a login of somebody nobody declared, in this scenario or in "
      "one beside it");
  EXPECT_EQ(CheckIn(run.scenarios[0], "reads-her-own").verdict, Verdict::kPassed);
  EXPECT_EQ(run.scenarios[0].verdict(), Verdict::kErrored);
  EXPECT_EQ(run.exit_code(), ExitCode::kErrored);
  // Told once: the next one has nothing to do with it.
  EXPECT_EQ(rig.RunOne(Honest()).error, "");
}

TEST(Runner, TakesAVerificationThatLookedAtNothingForNone) {
  RunRig rig;
  rig.world.verified = 0;
  const RunResult run = rig.Run({Honest()});
  EXPECT_TRUE(NothingBelieved(run.scenarios[0]));
  EXPECT_EQ(run.scenarios[0].error, "provision: issuer: verify: looked at nothing, which proves nothing");
  EXPECT_EQ(run.exit_code(), ExitCode::kErrored);
}

TEST(Runner, ErrorsEveryCheckAfterAStepThatCouldNotBeCarriedOut) {
  RunRig rig;
  rig.world.locked_out = {"bob"};
  Scenario scenario = Honest();
  scenario.principals.push_back(Given("bob"));
  scenario.steps.push_back(Obtain("bob"));
  scenario.steps.push_back(CallOwn("bob", {Expect("later", ToolSucceeds{}), Expect("later-too", RefusesToken{})}));
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(result.error, "bob logs in: log bob in: the account is locked");
  EXPECT_EQ(CheckIn(result, "reads-her-own").verdict, Verdict::kPassed);
  EXPECT_EQ(CheckIn(result, "later").verdict, Verdict::kErrored);
  EXPECT_EQ(CheckIn(result, "later").reason, "not judged: bob logs in: log bob in: the account is locked");
  EXPECT_EQ(CheckIn(result, "later-too").verdict, Verdict::kErrored);
  EXPECT_EQ(result.verdict(), Verdict::kErrored);
  EXPECT_EQ(result.steps.back().title, "not reached");
}

TEST(Runner, ErrorsAnExpectationOfAStepThatLooksAtNothing) {
  RunRig rig;
  Scenario scenario = Honest();
  scenario.steps[0].expect = {Expect("overlooked", ToolSucceeds{})};
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(CheckIn(result, "overlooked").verdict, Verdict::kErrored);
  EXPECT_EQ(CheckIn(result, "overlooked").reason, "not judged: its step looks at nothing");
  EXPECT_EQ(result.verdict(), Verdict::kErrored);
}

TEST(Runner, CannotTellWhatALedgerThatIsNotReadHolds) {
  RunRig rig;
  rig.world.ledger_problem = "connection reset";
  const ScenarioResult result = rig.RunOne(
      ScenarioOf("suite/far@tracker",
                 {Obtain("alice"), CallOwn("alice", {Expect("unasked", UpstreamSaw{.component = "jira", .calls = 0}),
                                                     Expect("quiet", NoSecretIn{{"upstream"}})})}));
  EXPECT_TRUE(NothingBelieved(result));
  EXPECT_EQ(CheckIn(result, "unasked").reason, "the ledger could not be read: connection reset");
  EXPECT_EQ(CheckIn(result, "quiet").reason, "upstream could not be read: ledger jira: connection reset");
}

TEST(Runner, FindsTheCallersTokenBehindTheTarget) {
  RunRig rig;
  rig.world.passes_through = true;
  const std::vector<Expectation> expect = {Expect("not-passed-through", NoSecretIn{{"upstream"}})};
  const ScenarioResult result =
      rig.RunOne(ScenarioOf("suite/pass@tracker", {Obtain("alice"), CallOwn("alice", expect)}));
  EXPECT_EQ(CheckIn(result, "not-passed-through").reason, "alice.mcp.token#1 (at jira) in upstream");
  // Where no token is presented there is none to look for.
  const ScenarioResult nobody = rig.RunOne(ScenarioOf("suite/pass@tracker", {CallOwn("", expect)}));
  EXPECT_EQ(CheckIn(nobody, "not-passed-through").reason, "upstream was not looked into");
}

TEST(Runner, CannotTellOfALogNobodyCanRead) {
  RunRig rig;
  rig.system.targets["tracker"].audit = "nowhere";
  const ScenarioResult result = rig.RunOne(
      ScenarioOf("suite/log@tracker", {Obtain("alice"), CallOwn("alice", {Expect("log", NoSecretIn{{"log"}}),
                                                                          Expect("audit", NoSecretIn{{"audit"}})})}));
  EXPECT_EQ(CheckIn(result, "log").reason, "tracker was not launched by us: its log is elsewhere");
  EXPECT_EQ(CheckIn(result, "audit").reason, "audit could not be read: it is empty");
}

// One line for each line, and nothing on the standard error.
constexpr const char* kQuietServer =
    R"sh(while IFS= read -r line; do
      id=$(printf %s "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
      [ -z "$id" ] || printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[],"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"s","version":"1"}}}\n' "$id"
    done)sh";

TEST(Runner, TakesAnEmptyLogOverStdioForAnEmptyLogAndNoMissingOne) {
  const auto launcher = ProcessLauncher::Start({}).value();
  RunRig rig;
  rig.launcher = launcher.get();
  TargetSpec& target = rig.system.targets["tracker"];
  target.url = "";
  target.transport = Transport::kStdio;
  target.command = {"/bin/sh", "-c", kQuietServer};
  const Scenario scenario =
      ScenarioOf("suite/log@tracker", {Obtain("alice"), CallOwn("alice", {Expect("log", NoSecretIn{{"log"}})})});
  const ScenarioResult quiet = rig.RunOne(scenario);
  EXPECT_EQ(CheckIn(quiet, "log").verdict, Verdict::kPassed) << CheckIn(quiet, "log").reason;

  target.command.back() = "rm " + launcher->run_directory() + "/*-alice*.log; " + target.command.back();
  const ScenarioResult missing = rig.RunOne(scenario);
  EXPECT_EQ(CheckIn(missing, "log").verdict, Verdict::kErrored);
  EXPECT_TRUE(Contains(CheckIn(missing, "log").reason, "read the log of ")) << CheckIn(missing, "log").reason;
}

TEST(Runner, MasksSecretsThatTheTargetPutsIntoItsAnswers) {
  RunRig rig;
  rig.world.echoes = true;
  const ScenarioResult result = rig.RunOne(
      ScenarioOf("suite/echo@tracker",
                 {Obtain("alice"),
                  {.action = MintStep{.name = "stale", .from = "alice", .change = {{"exp", "-120s"}}}},
                  CallOwn("stale", {Expect("status", HttpStatusIs{{403}}), Expect("quiet", NoSecretIn{{"answer"}})})}));
  EXPECT_EQ(CheckIn(result, "quiet").verdict, Verdict::kFailed);
  EXPECT_TRUE(Contains(CheckIn(result, "status").observed, "refused: {{alice.mcp.token#2}}"))
      << CheckIn(result, "status").observed;
  const RunResult run{.scenarios = {result}};
  EXPECT_TRUE(rig.redactor.Scan(Dump(ToJson(run))).empty());
}

// ---- steps

TEST(Runner, MintsTimesRelativeToNow) {
  RunRig rig;
  rig.RunOne(
      ScenarioOf("suite/mint@tracker",
                 {Obtain("alice"),
                  {.action = MintStep{.name = "stale", .from = "alice", .change = {{"exp", "-120s"}, {"nbf", "+60s"}}}},
                  CallOwn("stale", {Expect("refused", RefusesToken{})})}));
  const UnverifiedToken seen = DecodeUnverified(rig.world.seen_tokens.back()).value();
  EXPECT_EQ(AtOr<int64_t>(seen.payload, "/exp", 0), rig.clock.NowSeconds() - 120);
  EXPECT_EQ(AtOr<int64_t>(seen.payload, "/nbf", 0), rig.clock.NowSeconds() + 60);
}

TEST(Runner, TakesAwayWhatAStepRevokes) {
  RunRig rig;
  Scenario scenario = Honest();
  for (const char* what : {"sessions", "account", "grants", "entity", "credential"}) {
    scenario.steps.push_back({.action = RevokeStep{.what = what, .principal = "alice"}});
  }
  scenario.steps.push_back({.action = RotateStep{}});
  EXPECT_EQ(rig.RunOne(scenario).error, "");
  EXPECT_EQ(rig.world.done, (std::vector<std::string>{"sessions alice", "disable alice", "grants alice", "entity alice",
                                                      "drop alice at jira", "rotate", "remove 1"}));
}

TEST(Runner, UnsealsWhatAScenarioThatBrokeOffLeftSealed) {
  RunRig rig;
  Scenario scenario = Honest();
  rig.world.locked_out = {"alice"};
  scenario.steps.insert(scenario.steps.begin(), {.action = FaultStep{.component = "vault", .as = "sealed"}});
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(result.error, "alice logs in: log alice in: the account is locked");
  EXPECT_EQ(rig.world.done, (std::vector<std::string>{"seal", "unseal", "remove 1"}));
}

TEST(Runner, RemovesItsPrincipalsHoweverTheScenarioEnds) {
  RunRig rig;
  rig.world.locked_out = {"alice"};
  rig.RunOne(Honest());
  EXPECT_EQ(rig.world.done, std::vector<std::string>{"remove 1"});
}

}  // namespace
}  // namespace iff
