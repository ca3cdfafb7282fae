#include "harness/launch/attempt.h"

#include "harness/launch/launch_testing.h"

namespace iff {
namespace {

using ::testing::Optional;

class AttemptTest : public LaunchTest {
 protected:
  ServiceSpec Of(std::string script) const {
    ServiceSpec spec = Shell(std::move(script));
    spec.attempt = attempt_;
    return spec;
  }
  static Result<void> EventuallyEnded(const Service& service) {
    return Eventually(Deadline::In(10s), [&]() -> Result<bool> { return service.exited().has_value(); });
  }

  const std::shared_ptr<Attempt> attempt_ = std::make_shared<Attempt>();
};

TEST_F(AttemptTest, WhatIsGivenUpEndsAndNothingMoreIsLaunched) {
  const auto launcher = StartLauncher();
  ServiceSpec lasting = Of("exec sleep 600");
  lasting.stop_within = std::chrono::minutes(10);
  const Service first = launcher->Launch(lasting).value();
  const Service other = launcher->Launch(Shell("exec sleep 600")).value();
  EXPECT_FALSE(attempt_->given_up());
  attempt_->GiveUp();
  EXPECT_THAT(EventuallyEnded(first), IsOk());
  EXPECT_EQ(other.exited(), std::nullopt);
  EXPECT_THAT(launcher->Launch(Of("exec sleep 600")),
              FailsWith(ErrorKind::kUnavailable, "shell: not launched, what it is for was given up"));
  // It was asked to.
  EXPECT_EQ(attempt_->Death(), std::nullopt);
}

TEST_F(AttemptTest, TellsADeathNobodyAskedFor) {
  const auto launcher = StartLauncher();
  const Service lives = launcher->Launch(Of("exec sleep 600")).value();
  EXPECT_EQ(attempt_->Death(), std::nullopt);
  {
    const Service dead = launcher->Launch(Of("exit 3")).value();
    EXPECT_THAT(EventuallyEnded(dead), IsOk());
    EXPECT_THAT(attempt_->Death(), Optional(std::string("exit 3")));
  }
  // Whoever ran it to its end has let go of it.
  EXPECT_EQ(attempt_->Death(), std::nullopt);
}

}  // namespace
}  // namespace iff
