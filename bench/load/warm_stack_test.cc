// The real server against the stand-ins: what is measured is what is meant to be.
#include "bench/load/warm_stack.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "bench/load/driver.h"
#include "bench/load/warm_measure.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

WarmOptions For(int identities) {
  return {.program = IFF_PROGRAM, .supervisor = IFF_SUPERVISOR, .identities = identities};
}

TEST(WarmStack, KeepsTheCredentialOfEachPersonAndFetchesNoneAgain) {
  WarmWorld world(3, -1);
  const auto stack = WarmStack::Start(world, For(3));
  ASSERT_TRUE(stack.ok()) << stack.error();
  EXPECT_EQ(world.issuer().exchanges, 3);
  EXPECT_EQ(world.vault().logins, 3);
  EXPECT_EQ(world.vault().reads, 3);
  EXPECT_THAT((*stack)->Kept(), IsOkAndHolds(3));
  LoadPlan plan;
  plan.endpoint = (*stack)->endpoint();
  plan.requests = (*stack)->requests();
  plan.callers = 20;
  plan.duration = std::chrono::milliseconds(100);
  plan.server_pid = (*stack)->pid();
  const Result<LoadOutcome> seen = Drive(plan);
  ASSERT_TRUE(seen.ok()) << seen.error();
  EXPECT_EQ(seen->failed, 0) << seen->problem;
  EXPECT_GT(seen->answered, 0);
  EXPECT_GT(seen->memory.resident, 1);
  EXPECT_GE(seen->memory.peak, seen->memory.resident);
  EXPECT_EQ(world.fetches(), 9) << "they are kept";
}

TEST(WarmStack, RefusesAServerThatDoesNotKeepThemAll) {
  WarmWorld world(3, -1);
  WarmOptions options = For(3);
  options.environment = {{"IFF_CREDENTIAL_CACHE", "2"}};
  const auto stack = WarmStack::Start(world, options);
  EXPECT_THAT(stack, FailsWith(ErrorKind::kRefused, HasSubstr("keeps 2 credentials of 3 people")));
}

TEST(WarmStack, RefusesAServerThatDoesNotAnswerWithWhatIsTheCallers) {
  WarmWorld world(2, -1);
  world.vault().KillTokens();
  world.vault().status = 500;
  EXPECT_THAT(WarmStack::Start(world, For(2)), FailsWith(ErrorKind::kRefused, HasSubstr("call as person 0")));
}

WarmPlan Shortly() {
  return {.program = IFF_PROGRAM,
          .supervisor = IFF_SUPERVISOR,
          .identities = {1, 2},
          .connections = {1, 8},
          .rounds = 2,
          .duration = std::chrono::milliseconds(50),
          .core = -1,
          .driver_core = -1};
}

TEST(MeasureWarm, MeasuresEachCombinationInEachRound) {
  const WarmPlan plan = Shortly();
  std::vector<std::string> told;
  const Result<std::vector<WarmCell>> cells = MeasureWarm(plan, [&](const BenchRow& row) { told.push_back(row.name); });
  ASSERT_TRUE(cells.ok()) << cells.error();
  EXPECT_EQ(told, (std::vector<std::string>{"warm-1-1", "warm-1-8", "warm-2-1", "warm-2-8", "warm-2-8", "warm-2-1",
                                            "warm-1-8", "warm-1-1"}));
  ASSERT_EQ(cells->size(), 4u);
  for (const WarmCell& cell : *cells) {
    EXPECT_EQ(cell.cpu_us.size(), 2u);
    EXPECT_TRUE(cell.memory.known());
  }
}

TEST(MeasureWarm, RefusesWhatWasFetchedMeanwhile) {
  WarmPlan plan = Shortly();
  plan.environment = {{"IFF_CREDENTIAL_TTL", "0"}};
  const auto cells = MeasureWarm(plan, [](const BenchRow&) {});
  EXPECT_THAT(cells, FailsWith(ErrorKind::kRefused, HasSubstr("the credentials were not warm")));
}

}  // namespace
}  // namespace iff
