#include "harness/run/fault.h"

#include <gmock/gmock.h>

#include "harness/core/bytes.h"
#include "harness/run/run_testing.h"
#include "harness/run/sandbox.h"

namespace iff {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(FaultOf, KnowsEveryWord) {
  EXPECT_EQ(FaultOf({.as = "refuse"}, {}).mode, GateMode::kRefuse);
  EXPECT_EQ(FaultOf({.as = "hold"}, {}).mode, GateMode::kHold);
  EXPECT_EQ(FaultOf({.as = "cut"}, {}).after_bytes, 20u);
  const GateFault slow = FaultOf({.as = "delay", .delay = std::chrono::milliseconds(7)}, {});
  EXPECT_EQ(slow.mode, GateMode::kDelay);
  EXPECT_EQ(slow.delay, std::chrono::milliseconds(7));
  const GateFault limited = FaultOf({.as = "429"}, {.path = "/v1", .nth = 3});
  EXPECT_EQ(limited.mode, GateMode::kAnswer);
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.aim.path, "/v1");
  EXPECT_EQ(limited.aim.nth, 3u);
  EXPECT_EQ(FaultOf({.as = "307"}, {}).status, 307);
  EXPECT_EQ(FaultOf({.as = "garbage"}, {}).status, 200);
  EXPECT_EQ(FaultOf({.as = "trickle"}, {}).mode, GateMode::kTrickle);
  EXPECT_GT(FaultOf({.as = "trickle"}, {}).delay, 0ms);
  EXPECT_EQ(FaultOf({.as = "trickle", .delay = 50ms}, {}).delay, 50ms);
  EXPECT_FALSE(ParseJson(FaultOf({.as = "garbage"}, {}).body).ok());
  EXPECT_GT(FaultOf({.as = "huge"}, {}).body.size(), size_t{16} << 20);
}

TEST(FaultOf, KnowsWhatAStartUpIsAnswered) {
  const GateAim start_ups = {.start_ups = true};
  const GateFault full = FaultOf({.as = "53300"}, start_ups);
  EXPECT_EQ(full.mode, GateMode::kAnswer);
  EXPECT_EQ(full.sqlstate, "53300");
  EXPECT_EQ(full.body, "sorry, too many clients already");
  EXPECT_THAT(FaultOf({.as = "28P01"}, start_ups).body, HasSubstr("authentication"));
  EXPECT_EQ(FaultOf({.as = "XX001"}, start_ups).body, "disturbed");
  const GateFault garbage = FaultOf({.as = "garbage"}, start_ups);
  EXPECT_EQ(garbage.sqlstate, "");
  EXPECT_FALSE(garbage.body.starts_with('E') || garbage.body.starts_with('R'))
      << "what PostgreSQL begins an answer with";
  const GateFault huge = FaultOf({.as = "huge"}, start_ups);
  EXPECT_EQ(huge.sqlstate, "XX000");
  EXPECT_GT(huge.body.size(), size_t{16} << 20);
  const GateFault slow = FaultOf({.as = "trickle", .delay = 50ms}, start_ups);
  EXPECT_EQ(slow.mode, GateMode::kTrickle);
  EXPECT_EQ(slow.delay, 50ms);
  EXPECT_EQ(slow.sqlstate, "XX000");
  EXPECT_GT(slow.body.size(), 1000u);
  EXPECT_EQ(FaultOf({.as = "hold"}, start_ups).mode, GateMode::kHold);
  EXPECT_EQ(FaultOf({.as = "cut", .after = 0}, start_ups).after_bytes, 0u);
}

TEST(MarksOf, HoldWhatTellsSomebodysRequests) {
  RunRig rig;
  std::vector<std::string> alices;
  std::vector<std::string> bobs;
  std::string id;
  rig.probes["marks"] = [&](Sandbox& sandbox, const Json&) -> Result<ProbeOutcome> {
    alices = sandbox.principals().MarksOf("alice");
    bobs = sandbox.principals().MarksOf("bob");
    id = sandbox.principals().Find("alice")->id;
    EXPECT_THAT(sandbox.principals().MarksOf(""), IsEmpty());
    EXPECT_THAT(alices, Contains(sandbox.principals().FindCredential("alice")->value.Reveal()));
    return ProbeOutcome{};
  };
  Scenario scenario = Honest();
  scenario.principals = {Given("alice"), Given("bob")};
  scenario.steps.push_back({.action = ProbeStep{.name = "marks"}});
  ASSERT_EQ(rig.RunOne(scenario).error, "");
  EXPECT_THAT(alices, Contains(id));
  EXPECT_THAT(bobs, Not(Contains(id)));
  // Within a JWT the id stands at any of three places of a group of bytes.
  for (const char* before : {"{\"sub\":\"", "{\"sub\": \"", "{ \"sub\": \""}) {
    const std::string coded = Base64Url(before + id + "\",\"exp\":1}");
    EXPECT_TRUE(std::any_of(alices.begin(), alices.end(), [&](const std::string& mark) {
      return coded.find(mark) != std::string::npos;
    })) << before;
    EXPECT_FALSE(std::any_of(bobs.begin(), bobs.end(), [&](const std::string& mark) {
      return coded.find(mark) != std::string::npos;
    })) << before;
  }
}

}  // namespace
}  // namespace iff
