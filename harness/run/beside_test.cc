// Several targets in one scenario: who is asked, as whom, by whose rules it is judged, and what is stored of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/result_matchers.h"
#include "harness/jose/token.h"
#include "harness/run/applies.h"
#include "harness/run/needs.h"
#include "harness/run/run_testing.h"

namespace iff {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A server that takes tokens with a scope of its own, serves whoever shows one, and names its sessions after itself.
class Door {
 public:
  explicit Door(std::string name) : name_(std::move(name)) {
    server_ = HttpServer::Start([this](const HttpRequest& request) { return Answer(request); }).value();
  }

  TargetSpec Spec() const {
    return {.name = name_,
            .url = server_->endpoint().Url("/mcp"),
            .upstream = "jira",
            .scopes = {{"use", name_ + ":use"}},
            .operations = {{"read_own", {.tool = "read_" + name_, .discloses = true}}},
            .revisions = {"2025-11-25"}};
  }

  // ---- what goes wrong
  std::string takes = "";  // tokens of that door as well
  bool refuses_all = false;
  bool any_session = false;

  std::vector<std::string> sessions = {};  // as calls named them

 private:
  HttpResponse Answer(const HttpRequest& request) {
    const std::string shown = request.headers.Get("Authorization");
    const auto token = DecodeUnverified(shown.starts_with("Bearer ") ? shown.substr(7) : "");
    const std::string scope = token.ok() ? AtOr<std::string>(token->payload, "/scope", "") : "";
    const bool ours = scope == name_ + ":use" || (!takes.empty() && scope == takes + ":use");
    if (refuses_all || !ours) {
      return {.status = 401,
              .headers = {{"WWW-Authenticate", "Bearer error=\"invalid_token\", resource_metadata=\"m\""}}};
    }
    const Json message = ParseJson(request.body).value_or(nullptr);
    const std::string method = AtOr<std::string>(message, "/method", "");
    HttpResponse answer{.headers = {{"Content-Type", "application/json"}}};
    if (method == "notifications/initialized") return {.status = 202};
    Json result = {{"content", {{{"type", "text"}, {"text", "served at " + name_}}}}};
    if (method == "initialize") {
      answer.headers.Add("Mcp-Session-Id", name_ + "-session");
      result = {{"protocolVersion", "2025-11-25"}};
    } else {
      sessions.push_back(request.headers.Get("Mcp-Session-Id"));
      if (!any_session && sessions.back() != name_ + "-session") return {.status = 404};
    }
    answer.body = Dump(Json{{"jsonrpc", "2.0"}, {"id", AtOr<Json>(message, "/id", nullptr)}, {"result", result}});
    return answer;
  }

  const std::string name_;
  std::unique_ptr<HttpServer> server_;
};

Step At(std::string target, Step step) {
  step.at = std::move(target);
  return step;
}
Step Login(const std::string& name) { return {.action = ObtainStep{.name = name, .principal = "alice"}}; }

// Alice has a token for each of two doors, and shows each at both.
class Beside : public testing::Test {
 protected:
  Beside() {
    rig_.system.targets["tracker"] = tracker_.Spec();
    rig_.system.targets["board"] = board_.Spec();
    rig_.world.audiences["board:use"] = "https://board.example/mcp";
  }

  static Scenario Of(std::vector<Step> steps) {
    Scenario scenario = ScenarioOf("suite/two@tracker", std::move(steps));
    scenario.beside = {"board"};
    return scenario;
  }
  static Scenario Crosswise() {
    return Of({Login("here"), At("board", Login("there")), CallOwn("here", {Expect("own-here", ToolSucceeds{})}),
               At("board", CallOwn("there", {Expect("own-there", ToolSucceeds{})})),
               CallOwn("there", {Expect("theirs-here", RefusesToken{})}),
               At("board", CallOwn("here", {Expect("ours-there", RefusesToken{})}))});
  }

  RunRig rig_;
  Door tracker_{"tracker"};
  Door board_{"board"};
};

TEST_F(Beside, AStepGoesToTheTargetItNamesAndIsJudgedThere) {
  const ScenarioResult result = rig_.RunOne(Crosswise());
  EXPECT_EQ(result.verdict(), Verdict::kPassed) << result.error;
  EXPECT_EQ(result.steps[2].at, "");
  EXPECT_EQ(result.steps[3].at, "board");
  EXPECT_EQ(result.steps[2].title, "alice calls read_tracker");
  EXPECT_EQ(result.steps[3].title, "alice calls read_board at board");
  ASSERT_THAT(result.steps[3].trace.exchanges, SizeIs(1));
  EXPECT_EQ(result.steps[3].trace.exchanges[0].lane, "board");
}

TEST_F(Beside, EachDoorThatTakesWhatIsForTheOtherIsFound) {
  tracker_.takes = "board";
  ScenarioResult result = rig_.RunOne(Crosswise());
  EXPECT_EQ(CheckIn(result, "theirs-here").verdict, Verdict::kFailed);
  EXPECT_THAT(CheckIn(result, "theirs-here").reason, HasSubstr("tracker took a token of alice's"));
  EXPECT_EQ(CheckIn(result, "ours-there").verdict, Verdict::kPassed);
  tracker_.takes = "";
  board_.takes = "tracker";
  result = rig_.RunOne(Crosswise());
  EXPECT_EQ(CheckIn(result, "theirs-here").verdict, Verdict::kPassed);
  EXPECT_EQ(CheckIn(result, "ours-there").verdict, Verdict::kFailed);
  EXPECT_THAT(CheckIn(result, "ours-there").reason, HasSubstr("board took a token of alice's"));
}

TEST_F(Beside, ADoorThatRefusesEverybodyProvesNothingAndIsNamed) {
  board_.refuses_all = true;
  const ScenarioResult result = rig_.RunOne(Crosswise());
  EXPECT_THAT(result.error, HasSubstr("board answers 401 to everybody"));
  EXPECT_EQ(CheckIn(result, "ours-there").verdict, Verdict::kErrored);
  EXPECT_EQ(CheckIn(result, "own-there").verdict, Verdict::kFailed);
  EXPECT_EQ(CheckIn(result, "theirs-here").verdict, Verdict::kPassed);  // another door, which serves
}

TEST_F(Beside, TargetsThatAreOneServerToTheIssuerAreNotToldApart) {
  rig_.world.audiences.clear();
  board_.takes = "tracker";  // rightly, as its tokens name the same audience
  const ScenarioResult result = rig_.RunOne(Crosswise());
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(CheckIn(result, "own-here").verdict, Verdict::kPassed);
  EXPECT_EQ(CheckIn(result, "theirs-here").verdict, Verdict::kInapplicable);
  EXPECT_EQ(CheckIn(result, "ours-there").verdict, Verdict::kInapplicable);
  EXPECT_THAT(CheckIn(result, "ours-there").reason, HasSubstr("name the same audience"));
}

TEST_F(Beside, ASessionIsBorrowedFromTheTargetThatGaveItOut) {
  Step borrowed = At("board", CallOwn("there", {Expect("unknown-there", HttpStatusIs{{404}})}));
  std::get<CallStep>(borrowed.action).sending.session_of = "here";
  const Scenario scenario =
      Of({Login("here"), At("board", Login("there")), CallOwn("here", {Expect("own-here", ToolSucceeds{})}),
          At("board", CallOwn("there", {Expect("own-there", ToolSucceeds{})})), borrowed});
  EXPECT_EQ(CheckIn(rig_.RunOne(scenario), "unknown-there").verdict, Verdict::kPassed);
  EXPECT_EQ(board_.sessions.back(), "tracker-session");
  board_.any_session = true;
  EXPECT_EQ(CheckIn(rig_.RunOne(scenario), "unknown-there").verdict, Verdict::kFailed);
}

TEST_F(Beside, ARequestIsSentAgainToTheOtherTarget) {
  Scenario scenario = Crosswise();
  scenario.steps[2].label = "hers";
  scenario.steps.push_back(
      At("board", {.action = ReplayStep{.label = "hers"}, .expect = {Expect("again", RefusesToken{})}}));
  EXPECT_EQ(CheckIn(rig_.RunOne(scenario), "again").verdict, Verdict::kPassed);
  board_.takes = "tracker";
  board_.any_session = true;
  EXPECT_EQ(CheckIn(rig_.RunOne(scenario), "again").verdict, Verdict::kFailed);
}

TEST_F(Beside, TheResultComesBackWithWhereEachStepWent) {
  const RunResult run{.scenarios = {rig_.RunOne(Crosswise())}};
  const Result<RunResult> read = RunFromJson(ToJson(run));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->scenarios[0].steps[2].at, "");
  EXPECT_EQ(read->scenarios[0].steps[3].at, "board");
}

TEST_F(Beside, ARecordingSaysWhoAnswered) {
  const ScenarioResult result = rig_.RunOne(Crosswise());
  const Json& seen = result.recording["seen"];
  EXPECT_FALSE(seen[2]["answers"][0].contains("at"));
  EXPECT_EQ(seen[3]["answers"][0]["at"], Json("board"));
}

TEST_F(Beside, EachTargetKnowsPeopleByItsOwnIssuersIdsAndByWhatItKeepsForThem) {
  rig_.system.components.push_back({.name = "pool", .driver = "issuer"});
  rig_.system.targets["tracker"].issuer = "issuer";
  rig_.system.targets["board"].issuer = "pool";
  bool looked = false;
  RunnerOptions options;
  options.in_sandbox = [&](Sandbox& sandbox, const ScenarioResult* result) {
    if (result != nullptr) return;
    looked = true;
    SandboxPrincipals& principals = sandbox.principals();
    const Principal& alice = *principals.Find("alice");
    const std::string here = alice.id;
    EXPECT_EQ(here, alice.issuers.at("issuer").id);
    principals.all().front().items["card"] = "kept at tracker";
    sandbox.Face("board");
    EXPECT_EQ(sandbox.target().name, "board");
    EXPECT_EQ(alice.id, alice.issuers.at("pool").id);
    EXPECT_NE(alice.id, here);
    EXPECT_THAT(alice.items, IsEmpty());
    EXPECT_EQ(principals.IssuerName(), "pool");
    EXPECT_THAT(principals.AllScopes(), ElementsAre("board:use"));
    sandbox.Face("");
    EXPECT_EQ(alice.id, here);
    EXPECT_EQ(alice.items.at("card"), Json("kept at tracker"));
  };
  rig_.Run({Crosswise()}, std::move(options));
  EXPECT_TRUE(looked);
}

TEST_F(Beside, WhatTheSystemLacksMakesAllOfItInapplicable) {
  Scenario scenario = Crosswise();
  scenario.beside = {"desk"};
  for (Step& step : scenario.steps) step.at = step.at.empty() ? "" : "desk";
  EXPECT_EQ(rig_.RunOne(scenario).inapplicable, "beside it stands 'desk', which fakes does not have");
  scenario.beside = {"another"};
  EXPECT_EQ(rig_.RunOne(scenario).inapplicable, "no other target of fakes takes other tokens than tracker");
  scenario = Crosswise();
  scenario.tls = true;
  rig_.system.targets["tracker"].tls = {{"TLS", "on"}};
  rig_.system.targets["tracker"].url = "";
  EXPECT_EQ(WhyNotAtAll(scenario, rig_.system, {}, {}), "the system file does not say how board is made to speak TLS");
  rig_.system.targets["tracker"] = tracker_.Spec();
  scenario = Crosswise();
  rig_.system.targets["board"].operations.clear();
  const ScenarioResult result = rig_.RunOne(scenario);
  EXPECT_THAT(CheckIn(result, "own-there").reason, HasSubstr("names no tool of board"));
}

TEST_F(Beside, ATargetThatCannotBeSharedKeepsTheOthersFromIt) {
  rig_.system.targets["tracker"].url = rig_.system.targets["board"].url = "";
  const Scenario scenario = Crosswise();
  EXPECT_EQ(WhyFreshTarget(scenario, rig_.system, {}), "");
  EXPECT_EQ(WhyOfItsOwn(scenario, rig_.system, {}), "");
  rig_.system.targets["board"].replicas = 2;
  EXPECT_THAT(WhyFreshTarget(scenario, rig_.system, {}), HasSubstr("several processes"));
  rig_.system.targets["board"].seed_with = "read_own";
  EXPECT_THAT(WhyOfItsOwn(scenario, rig_.system, {}), HasSubstr("keeps what people hold"));
}

TEST(TargetPool, HandsOnTogetherWhatStoodBesideEachOther) {
  RunRig rig;
  const std::shared_ptr<Environment> own =
      Environment::Start({}, rig.driver_registry, rig.context().launcher, Keyring(), {}).value();
  const auto targets = [&](size_t number) {
    TargetProcesses all;
    for (size_t i = 0; i < number; ++i) all.push_back(std::make_unique<TargetProcess>(own));
    return all;
  };
  TargetPool pool;
  TargetProcesses pair = targets(2);
  const std::vector<TargetProcess*> same = {pair[0].get(), pair[1].get()};
  pool.Return("tracker", targets(1));
  pool.Return("tracker and board", std::move(pair));
  EXPECT_THAT(pool.Take("board"), IsEmpty());
  const TargetProcesses taken = pool.Take("tracker and board");
  ASSERT_THAT(taken, SizeIs(2));
  EXPECT_EQ(taken[0].get(), same[0]);
  EXPECT_EQ(taken[1].get(), same[1]);
  EXPECT_THAT(pool.Take("tracker and board"), IsEmpty());
  EXPECT_THAT(pool.Take("tracker"), SizeIs(1));
  EXPECT_EQ(pool.reuses(), 2U);
}

}  // namespace
}  // namespace iff
