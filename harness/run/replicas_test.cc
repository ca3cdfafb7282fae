// What is to be refused is put to every replica of a target. The fake target is one process; it answers as several in
// turn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/run/run_testing.h"

namespace iff {
namespace {

class Replicas : public testing::Test {
 protected:
  Replicas() { rig_.system.targets.at("tracker").replicas = 3; }

  // Alice's token without a signature, and a request without a token, each to be refused; how often each arrived goes
  // to forged_ and bare_. Replica `lets_in` takes both; 0: none does.
  ScenarioResult Play(int lets_in) {
    rig_.world.alter = [this, lets_in](const std::string& persona, const std::string&, HttpResponse& answer) {
      if (!persona.empty()) return;
      int& arrived = rig_.world.seen_tokens.back().empty() ? bare_ : forged_;
      if (++arrived != lets_in) return;
      answer = {.status = 200,
                .headers = {{"Content-Type", "application/json"}},
                .body = R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})"};
    };
    Step bare = CallOwn("", {Expect("bare-refused", HttpStatusIs{{401}})});
    return rig_.RunOne(ScenarioOf(
        "suite/attack@tracker", {Obtain("alice"),
                                 {.action = AttackStep{.attack = "alg-none", .from = "alice", .operation = "read_own"},
                                  .expect = {Expect("forged-refused", RefusesToken{})}},
                                 bare}));
  }

  RunRig rig_;
  int forged_ = 0;
  int bare_ = 0;
};

TEST_F(Replicas, AllRefuseBeforeARefusalIsBelieved) {
  const ScenarioResult result = Play(0);
  EXPECT_EQ(CheckIn(result, "forged-refused").verdict, Verdict::kPassed) << CheckIn(result, "forged-refused").reason;
  EXPECT_EQ(CheckIn(result, "bare-refused").verdict, Verdict::kPassed) << CheckIn(result, "bare-refused").reason;
  EXPECT_EQ(forged_, 3);
  EXPECT_EQ(bare_, 3);
}

TEST_F(Replicas, TheFirstThatLetsItInDecides) {
  for (const int which : {1, 2, 3}) {
    forged_ = bare_ = 0;
    const ScenarioResult result = Play(which);
    EXPECT_EQ(CheckIn(result, "forged-refused").verdict, Verdict::kFailed) << which;
    EXPECT_EQ(CheckIn(result, "bare-refused").verdict, Verdict::kFailed) << which;
    EXPECT_EQ(forged_, which);
    EXPECT_EQ(bare_, which);
  }
}

TEST_F(Replicas, WhatIsToSucceedIsAskedOnce) {
  int asked = 0;
  rig_.world.valid_left = 0;
  rig_.world.alter = [&](const std::string&, const std::string&, HttpResponse&) { ++asked; };
  const ScenarioResult result = rig_.RunOne(Honest());
  EXPECT_EQ(result.verdict(), Verdict::kFailed);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace iff
