// What a run says of a claim, and that a run which did not try one is not green.
#include "harness/run/claims.h"

#include <gmock/gmock.h>

namespace iff {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ScenarioResult Scenario(const std::string& id, std::vector<Check> checks) {
  ScenarioResult scenario{.id = id, .target = id.substr(id.find('@') + 1)};
  scenario.steps = {StepResult{.checks = std::move(checks)}};
  return scenario;
}

ScenarioResult Inapplicable(const std::string& id, const std::string& why) {
  return {.id = id, .target = id.substr(id.find('@') + 1), .inapplicable = why};
}

Check Of(const std::string& id, Verdict verdict, const std::string& reason = {}) {
  return {.id = id, .verdict = verdict, .reason = reason};
}

HeldClaim Held(RunClaim claim) { return {.claim = std::move(claim)}; }

const RunClaim kAudience{.name = "audience", .asks = "whether", .refuted = "takes", .shown_by = {{"tokens/aud:*"}}};

RunResult After(HeldClaim claim, std::vector<ScenarioResult> scenarios) {
  RunResult run{.scenarios = std::move(scenarios)};
  run.claims = {std::move(claim)};
  return run;
}

// "proved", or "refuted: a in tokens/aud@mine".
std::string Told(const RunResult& run) {
  const std::vector<ClaimStanding> standings = ClaimsOf(run);
  EXPECT_EQ(standings.size(), 1U);
  if (standings.size() != 1) return "";
  return std::string(Name(standings[0].kind)) + (standings[0].reason.empty() ? "" : ": " + standings[0].reason);
}

TEST(ClaimsOf, IsProvedByOnePassedCheckAndRefutedByOneFailedOne) {
  EXPECT_EQ(Told(After(Held(kAudience), {Scenario("tokens/aud@mine", {Of("a", Verdict::kPassed)})})), "proved");
  EXPECT_EQ(Told(After(Held(kAudience),
                       {Scenario("tokens/aud@mine", {Of("a", Verdict::kPassed), Of("b", Verdict::kFailed)})})),
            "refuted: b in tokens/aud@mine");
}

TEST(ClaimsOf, KnowsEveryCheckThatRefutes) {
  RunClaim claim = kAudience;
  claim.also = {"crowd"};
  const RunResult run =
      After(Held(claim), {Scenario("tokens/aud@mine", {Of("a", Verdict::kFailed), Of("b", Verdict::kPassed)}),
                          Scenario("crowd/things@mine", {Of("c", Verdict::kFailed)}),
                          Scenario("other/things@mine", {Of("d", Verdict::kFailed)})});
  EXPECT_EQ(ClaimsOf(run).front().refuting, (std::set<std::string>{"a", "c"}));
}

TEST(ClaimsOf, IsNotTriedWhereNothingWasJudgedAndTheRunIsNotGreen) {
  const RunResult run = After(Held(kAudience), {Inapplicable("tokens/aud@mine", "no tool"),
                                                Scenario("tokens/other@mine", {Of("x", Verdict::kPassed)})});
  EXPECT_EQ(Told(run), "not tried: no tool");
  EXPECT_EQ(run.exit_code(), ExitCode::kErrored);
  EXPECT_THAT(Untried(run), ElementsAre("whether (mine: no tool)"));
}

TEST(ClaimsOf, IsNotSelectedWhereItsScenariosWereLeftOutAndTheRunMayBeGreen) {
  const RunResult run = After(Held(kAudience), {Scenario("tokens/other@mine", {Of("x", Verdict::kPassed)})});
  EXPECT_EQ(Told(run), "not selected");
  EXPECT_EQ(run.exit_code(), ExitCode::kOk);
}

TEST(ClaimsOf, IsJudgedForEachServerByItsOwnChecks) {
  const RunResult run = After(Held(kAudience), {Scenario("tokens/aud@one", {Of("a", Verdict::kPassed)}),
                                                Inapplicable("tokens/aud@two", "no tool")});
  ASSERT_EQ(ClaimsOf(run).size(), 2U);
  EXPECT_EQ(ClaimsOf(run)[0].kind, ClaimStanding::Kind::kProved);
  EXPECT_EQ(ClaimsOf(run)[1].kind, ClaimStanding::Kind::kNotTried);
  EXPECT_THAT(Untried(run), ElementsAre("whether (two: no tool)"));
}

TEST(ClaimsOf, CountsAFailureAsServiceOnlyWhereSomethingWasServed) {
  RunClaim claim = kAudience;
  claim.served = true;
  Check check = Of("a", Verdict::kFailed);
  EXPECT_EQ(Told(After(Held(claim), {Scenario("tokens/aud@mine", {check})})),
            "not tried: a in tokens/aud@mine was not served, but failed");
  check.tells = true;
  EXPECT_EQ(Told(After(Held(claim), {Scenario("tokens/aud@mine", {check})})), "refuted: a in tokens/aud@mine");
}

TEST(ClaimsOf, WantsEveryGroupAndWhatItNeeds) {
  RunClaim claim = kAudience;
  claim.shown_by.push_back({"tokens/more"});
  claim.needs = {"tokens/full:own"};
  const auto with = [&](Verdict more, Verdict own) {
    return Told(After(Held(claim), {Scenario("tokens/aud@mine", {Of("a", Verdict::kPassed)}),
                                    Scenario("tokens/more@mine", {Of("m", more, "not seen")}),
                                    Scenario("tokens/full@mine", {Of("own", own)})}));
  };
  EXPECT_EQ(with(Verdict::kPassed, Verdict::kPassed), "proved");
  EXPECT_EQ(with(Verdict::kErrored, Verdict::kPassed), "not tried: not seen");
  EXPECT_EQ(with(Verdict::kPassed, Verdict::kFailed), "not tried: own in tokens/full@mine failed");
}

TEST(ClaimsOf, IsRefutedByWhatShowsNothingByPassing) {
  RunClaim claim = kAudience;
  claim.also = {"crowd"};
  EXPECT_EQ(Told(After(Held(claim), {Scenario("tokens/aud@mine", {Of("a", Verdict::kPassed)}),
                                     Scenario("crowd/things@mine", {Of("c", Verdict::kFailed)})})),
            "refuted: c in crowd/things@mine");
  EXPECT_EQ(Told(After(Held(claim), {Inapplicable("tokens/aud@mine", "no"),
                                     Scenario("crowd/things@mine", {Of("c", Verdict::kPassed)})})),
            "not tried: no");
}

TEST(ClaimsOf, SaysNothingOfWhatItLeavesOut) {
  RunClaim claim = kAudience;
  claim.but = {"tokens/aud:odd"};
  const auto told = [&](Verdict other, Verdict odd) {
    return Told(After(Held(claim), {Scenario("tokens/aud@mine", {Of("a", other, "hung up"), Of("odd", odd)})}));
  };
  EXPECT_EQ(told(Verdict::kPassed, Verdict::kFailed), "proved");
  EXPECT_EQ(told(Verdict::kFailed, Verdict::kPassed), "refuted: a in tokens/aud@mine");
  EXPECT_EQ(told(Verdict::kErrored, Verdict::kPassed), "not tried: hung up");
}

TEST(ClaimsOf, IsAcceptedOrExcusedWhereTheSystemSaysSo) {
  HeldClaim claim = Held(kAudience);
  claim.accepted["mine"] = "the gateway does";
  RunResult run = After(
      claim, {Inapplicable("tokens/aud@mine", "no tool"), Scenario("tokens/other@mine", {Of("x", Verdict::kPassed)})});
  EXPECT_EQ(Told(run), "accepted: the gateway does");
  EXPECT_EQ(run.exit_code(), ExitCode::kOk);
  run.claims[0].accepted.clear();
  run.claims[0].excused["mine"] = "mine takes keys";
  EXPECT_EQ(Told(run), "does not arise: mine takes keys");
  // What is refuted is accepted by nobody here.
  run.claims[0].accepted["mine"] = "the gateway does";
  run.scenarios[0] = Scenario("tokens/aud@mine", {Of("a", Verdict::kFailed)});
  EXPECT_EQ(Told(run), "refuted: a in tokens/aud@mine");
}

TEST(ClaimsOf, LeavesAShardToTheMergedRun) {
  RunResult run = After(Held(kAudience), {Inapplicable("tokens/aud@mine", "no tool")});
  run.shard = {.index = 1, .of = 2};
  EXPECT_THAT(ClaimsOf(run), IsEmpty());
}

TEST(ClaimsOf, IsReadBackFromTheStoredForm) {
  HeldClaim claim = Held(kAudience);
  claim.claim.served = claim.claim.of_tokens = true;
  claim.claim.but = {"b"};
  claim.claim.needs = {"n"};
  claim.claim.also = {"l"};
  claim.accepted["mine"] = "because";
  claim.excused["other"] = "it is so";
  const RunResult run = After(claim, {Scenario("tokens/aud@mine", {Of("a", Verdict::kPassed)})});
  const Result<RunResult> again = RunFromJson(ToJson(run));
  ASSERT_TRUE(again.ok()) << again.error().message();
  ASSERT_EQ(again->claims.size(), 1U);
  EXPECT_EQ(again->claims[0].claim, claim.claim);
  EXPECT_EQ(again->claims[0].accepted, claim.accepted);
  EXPECT_EQ(again->claims[0].excused, claim.excused);
}

}  // namespace
}  // namespace iff
