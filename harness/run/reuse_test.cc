#include "harness/run/reuse.h"

#include <gmock/gmock.h>

#include <string>

#include "harness/launch/launcher.h"
#include "harness/net/http.h"
#include "harness/run/run_testing.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

ScenarioResult PlayOf(Verdict verdict, std::vector<std::string> served) {
  ScenarioResult result{.id = "suite/one@tracker"};
  result.steps.push_back({.checks = {{.id = "other", .verdict = Verdict::kPassed, .reason = "as it should be"},
                                     {.id = "one", .verdict = verdict, .reason = "HTTP 500"}}});
  result.target_served = std::move(served);
  return result;
}

TEST(WeighPlays, AreWantedOfWhatDidNotPassOnAUsedTargetAlone) {
  EXPECT_TRUE(WantsAFreshTarget(PlayOf(Verdict::kFailed, {"suite/a"})));
  EXPECT_TRUE(WantsAFreshTarget(PlayOf(Verdict::kErrored, {"suite/a"})));
  EXPECT_FALSE(WantsAFreshTarget(PlayOf(Verdict::kPassed, {"suite/a"})));
  EXPECT_FALSE(WantsAFreshTarget(PlayOf(Verdict::kFailed, {})));
  ScenarioResult odd = PlayOf(Verdict::kPassed, {"suite/a"});
  odd.error = "an entity nobody declared";
  EXPECT_TRUE(WantsAFreshTarget(odd));
}

TEST(WeighPlays, CallAFailureOfTheUsedTargetAloneStateLeftBehind) {
  const ScenarioResult weighed =
      WeighPlays(PlayOf(Verdict::kFailed, {"suite/a", "suite/b", "suite/c", "suite/d"}), PlayOf(Verdict::kPassed, {}));
  EXPECT_EQ(weighed.verdict(), Verdict::kFailed);
  EXPECT_EQ(
      CheckIn(weighed, "one").reason,
      "state left by an earlier scenario: fails on a target that had served suite/b, suite/c, suite/d and 1 before "
      "them, and passes on a fresh one: HTTP 500");
  EXPECT_EQ(CheckIn(weighed, "other").reason, "as it should be");
  EXPECT_THAT(weighed.target_served, SizeIs(4));
}

TEST(WeighPlays, ReportTheFreshOneOfWhatFailsOnBoth) {
  const ScenarioResult weighed = WeighPlays(PlayOf(Verdict::kFailed, {"suite/a"}), PlayOf(Verdict::kFailed, {}));
  EXPECT_EQ(CheckIn(weighed, "one").reason, "HTTP 500");
  EXPECT_THAT(weighed.target_served, IsEmpty());
  EXPECT_THAT(weighed.played_again, AllOf(HasSubstr("suite/a"), HasSubstr("failed")));
}

TEST(WeighPlays, ReportTheFreshOneWhereAnotherHadFailedOnTheUsedTarget) {
  const ScenarioResult weighed = WeighPlays(PlayOf(Verdict::kFailed, {"suite/a"}), PlayOf(Verdict::kPassed, {}), true);
  EXPECT_EQ(weighed.verdict(), Verdict::kPassed);
  EXPECT_THAT(weighed.played_again, AllOf(HasSubstr("suite/a"), HasSubstr("failed")));
  // What nothing clears stays.
  EXPECT_EQ(WeighPlays(PlayOf(Verdict::kFailed, {"suite/a"}), PlayOf(Verdict::kErrored, {}), true).verdict(),
            Verdict::kFailed);
}

TEST(WeighPlays, KeepAFindingThatTheFreshTargetCouldNotConfirmOrRefute) {
  const ScenarioResult weighed = WeighPlays(PlayOf(Verdict::kFailed, {"suite/a"}), PlayOf(Verdict::kErrored, {}));
  EXPECT_EQ(weighed.verdict(), Verdict::kFailed);
  EXPECT_THAT(CheckIn(weighed, "one").reason, HasSubstr("was on a fresh one errored"));
}

TEST(WeighPlays, StayErroredWhereOnlyTheUsedTargetCouldNotBeJudged) {
  const ScenarioResult weighed = WeighPlays(PlayOf(Verdict::kErrored, {"suite/a"}), PlayOf(Verdict::kPassed, {}));
  EXPECT_EQ(weighed.verdict(), Verdict::kErrored);
  EXPECT_THAT(weighed.error, AllOf(HasSubstr("had served suite/a"), HasSubstr("passes on a fresh one")));
}

TEST(WeighPlays, BelieveAFailureOfTheFreshTargetAlone) {
  const ScenarioResult weighed = WeighPlays(PlayOf(Verdict::kErrored, {"suite/a"}), PlayOf(Verdict::kFailed, {}));
  EXPECT_EQ(weighed.verdict(), Verdict::kFailed);
  EXPECT_EQ(CheckIn(weighed, "one").reason, "HTTP 500");
}

// Passes everything on to the server of the rig, and begins to behave otherwise with the call of that number:
//   python3 -c SOURCE PORT RIGS_PORT FROM HOW
constexpr const char* kRelay = R"py(
import http.client, http.server, os, sys
port, upstream, begins, how = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
calls = 0
class Relay(http.server.BaseHTTPRequestHandler):
  protocol_version = 'HTTP/1.1'
  def log_message(self, *words): pass
  def reply(self, status, headers, body):
    self.send_response(status)
    for name, value in headers:
      if name.lower() not in ('content-length', 'connection', 'transfer-encoding', 'date', 'server'): self.send_header(name, value)
    self.send_header('Content-Length', str(len(body)))
    self.end_headers()
    self.wfile.write(body)
  def do_GET(self): self.reply(404, [], b'')
  def do_POST(self):
    global calls
    calls += 1
    body = self.rfile.read(int(self.headers['Content-Length']))
    if how == 'logs' and calls < begins: print(self.headers['Authorization'], flush=True)
    if how == 'limits' and 'LIMIT' in os.environ: return self.reply(403, [], b'')
    if how == 'breaks' and calls >= begins: return self.reply(500, [], b'')
    rig = http.client.HTTPConnection('127.0.0.1', upstream)
    rig.request('POST', self.path, body, {k: v for k, v in self.headers.items() if k.lower() != 'host'})
    answer = rig.getresponse()
    self.reply(answer.status, answer.getheaders(), answer.read())
    if how == 'ends' and calls + 1 >= begins: self.wfile.flush(); os._exit(3)
http.server.ThreadingHTTPServer(('127.0.0.1', port), Relay).serve_forever()
)py";

class ReuseTest : public testing::Test {
 protected:
  ReuseTest() { rig_.launcher = launcher_.get(); }

  void Relay(int begins, const std::string& how) {
    TargetSpec& target = rig_.system.targets["tracker"];
    const std::string port = std::to_string(ParseUrl(target.url).value().endpoint.port);
    target.url = "";
    target.path = "/mcp";
    target.ready = "";  // the port will do
    target.command = {"python3", "-c", kRelay, "${port}", port, std::to_string(begins), how};
  }
  // One after the other.
  std::vector<ScenarioResult> Play(std::vector<Scenario> scenarios, bool fresh = false) {
    return rig_.Run(scenarios, {.jobs = 1, .fresh_targets = fresh, .as_given = true}).scenarios;
  }
  static std::vector<Scenario> Many(int count) {
    std::vector<Scenario> many;
    for (int i = 1; i <= count; ++i) many.push_back(Honest("suite/" + std::to_string(i) + "@tracker"));
    return many;
  }

  std::unique_ptr<ProcessLauncher> launcher_ = ProcessLauncher::Start({}).value();
  RunRig rig_;
};

TEST_F(ReuseTest, AnUnharmedTargetServesTheNextScenario) {
  Relay(1'000, "breaks");
  const std::vector<ScenarioResult> results = Play(Many(3));
  for (const ScenarioResult& result : results) EXPECT_EQ(result.verdict(), Verdict::kPassed) << result.error;
  EXPECT_THAT(results[0].target_served, IsEmpty());
  EXPECT_THAT(results[1].target_served, ElementsAre("suite/1@tracker"));
  EXPECT_THAT(results[2].target_served, ElementsAre("suite/1@tracker", "suite/2@tracker"));
  EXPECT_EQ(AtOr<Json>(results[2].recording, "/target_served", nullptr), Json(results[2].target_served));
  for (const ScenarioResult& result : Play(Many(2), true)) EXPECT_THAT(result.target_served, IsEmpty());
}

TEST_F(ReuseTest, TargetsThatStoodBesideEachOtherServeTheNextScenarioTogether) {
  Relay(1'000, "breaks");
  rig_.system.targets["board"] = rig_.system.targets["tracker"];
  rig_.system.targets["board"].name = "board";
  std::vector<Scenario> scenarios = Many(4);
  for (const size_t both : {1U, 3U}) {
    scenarios[both].beside = {"board"};
    Step there = scenarios[both].steps.back();
    there.at = "board";
    there.expect[0].check = "reads-her-own-there";
    scenarios[both].steps.push_back(there);
  }
  const std::vector<ScenarioResult> results = Play(scenarios);
  for (const ScenarioResult& result : results) EXPECT_EQ(result.verdict(), Verdict::kPassed) << result.error;
  EXPECT_THAT(results[1].target_served, IsEmpty());
  EXPECT_THAT(results[2].target_served, ElementsAre("suite/1@tracker"));
  EXPECT_THAT(results[3].target_served, ElementsAre("suite/2@tracker"));
  // Both have an end, so that neither is handed on without the other.
  rig_.system.targets["board"].command.back() = "ends";
  rig_.system.targets["board"].command[rig_.system.targets["board"].command.size() - 2] = "2";
  EXPECT_THAT(Play({scenarios[1], scenarios[3]})[1].target_served, IsEmpty());
}

TEST_F(ReuseTest, OneThatIsSetOtherwiseIsStartedForItsScenarioAlone) {
  Relay(1'000, "breaks");
  std::vector<Scenario> scenarios = Many(4);
  scenarios[1].settings = {{"limit", "3"}};
  scenarios[2].relaxed = {{"limit", "9"}};
  const std::vector<ScenarioResult> results = Play(scenarios);
  EXPECT_THAT(results[1].target_served, IsEmpty());
  EXPECT_THAT(results[2].target_served, IsEmpty());
  EXPECT_THAT(results[3].target_served, ElementsAre("suite/1@tracker"));
}

TEST_F(ReuseTest, RelaxedSettingsThatItDoesNotHaveTellNothingApart) {
  Relay(1'000, "breaks");
  std::vector<Scenario> scenarios = Many(2);
  scenarios[1].relaxed = {{"a-setting-of-others", "9"}};
  EXPECT_THAT(Play(scenarios)[1].target_served, ElementsAre("suite/1@tracker"));
}

TEST_F(ReuseTest, OneThatFailedBeforeItServedOthersServesThemAfterwards) {
  Relay(1'000, "breaks");
  std::vector<Scenario> scenarios = Many(4);
  scenarios[0].steps.back().expect = {Expect("gives-nothing", Withholds{{"alice"}})};
  scenarios[2].steps.back().expect = scenarios[0].steps.back().expect;
  const std::vector<ScenarioResult> results = Play(scenarios);
  EXPECT_EQ(results[0].verdict(), Verdict::kFailed);
  EXPECT_THAT(results[1].target_served, ElementsAre("suite/1@tracker"));
  EXPECT_EQ(results[2].verdict(), Verdict::kFailed);
  EXPECT_THAT(results[3].target_served, ElementsAre("suite/3@tracker")) << "the fresh one it was played on again";
}

TEST_F(ReuseTest, SettingsAreThoseOfTheScenariosOwnTargetAlone) {
  Relay(1'000, "limits");
  rig_.system.targets["board"] = rig_.system.targets["tracker"];
  rig_.system.targets["board"].name = "board";
  Scenario scenario = Many(1)[0];
  scenario.beside = {"board"};
  Step there = scenario.steps.back();
  there.at = "board";
  there.expect[0].check = "reads-her-own-there";
  scenario.steps.push_back(there);
  const auto verdicts = [&] {
    const ScenarioResult result = Play({scenario})[0];
    return std::pair(CheckIn(result, "reads-her-own").verdict, CheckIn(result, "reads-her-own-there").verdict);
  };
  EXPECT_EQ(verdicts(), std::pair(Verdict::kPassed, Verdict::kPassed));
  scenario.settings = {{"limit", "3"}};
  EXPECT_EQ(verdicts(), std::pair(Verdict::kFailed, Verdict::kPassed));
  scenario.settings = {};
  scenario.relaxed = {{"limit", "9"}};  // so that no budget is in the way, wherever it goes
  EXPECT_EQ(verdicts(), std::pair(Verdict::kFailed, Verdict::kFailed));
}

TEST_F(ReuseTest, WhatFailsOnTheUsedTargetAloneIsAFindingAndTheTargetIsNotUsedAgain) {
  Relay(3, "breaks");
  const std::vector<ScenarioResult> results = Play(Many(5));
  EXPECT_EQ(results[1].verdict(), Verdict::kPassed);
  EXPECT_EQ(results[2].verdict(), Verdict::kFailed);
  EXPECT_THAT(CheckIn(results[2], "reads-her-own").reason,
              HasSubstr("state left by an earlier scenario: fails on a target that had served suite/1@tracker, "
                        "suite/2@tracker, and passes on a fresh one"));
  EXPECT_THAT(results[3].target_served, ElementsAre("suite/3@tracker")) << "the fresh one, on which it passed";
  EXPECT_EQ(results[3].verdict(), Verdict::kPassed);
}

TEST_F(ReuseTest, WhatFailsOnAFreshTargetAsWellIsNoStateLeftBehind) {
  Relay(1'000, "breaks");
  std::vector<Scenario> scenarios = Many(2);
  scenarios[1].steps.back().expect = {Expect("gives-nothing", Withholds{{"alice"}})};
  const std::vector<ScenarioResult> results = Play(scenarios);
  EXPECT_EQ(results[1].verdict(), Verdict::kFailed);
  EXPECT_THAT(CheckIn(results[1], "gives-nothing").reason, Not(HasSubstr("earlier scenario")));
  EXPECT_THAT(results[1].played_again, HasSubstr("suite/1@tracker"));
}

// Scenarios at whose end there is time enough for a server to end after its last answer.
std::vector<Scenario> WithAnIdleEnd(std::vector<Scenario> scenarios) {
  for (Scenario& scenario : scenarios) {
    for (int i = 0; i < 3; ++i) scenario.steps.push_back({.action = WaitStep{std::chrono::milliseconds(200)}});
  }
  return scenarios;
}

TEST_F(ReuseTest, ATargetThatEndedServesNobody) {
  Relay(2, "ends");
  for (const ScenarioResult& result : Play(WithAnIdleEnd(Many(3)))) {
    EXPECT_EQ(result.verdict(), Verdict::kPassed) << result.error;
    EXPECT_THAT(result.target_served, IsEmpty());
  }
}

TEST_F(ReuseTest, AnIdleTargetServesTheNextScenario) {
  Relay(1'000, "breaks");
  EXPECT_THAT(Play(WithAnIdleEnd(Many(2)))[1].target_served, SizeIs(1));
}

TEST_F(ReuseTest, WhatWasLoggedForAnEarlierScenarioIsNotThisOnes) {
  Relay(2, "logs");
  std::vector<Scenario> scenarios = Many(2);
  scenarios[1].steps.back().expect.push_back(Expect("log", NoSecretIn{{"log"}}));
  const std::vector<ScenarioResult> results = Play(scenarios);
  EXPECT_THAT(results[1].target_served, SizeIs(1));
  EXPECT_EQ(CheckIn(results[1], "log").verdict, Verdict::kPassed) << CheckIn(results[1], "log").reason;
  // The same looked for by the scenario whose it is.
  scenarios[0].steps.back().expect.push_back(Expect("log", NoSecretIn{{"log"}}));
  EXPECT_EQ(CheckIn(Play(scenarios)[0], "log").verdict, Verdict::kFailed);
}

}  // namespace
}  // namespace iff
