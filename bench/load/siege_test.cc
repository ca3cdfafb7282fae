// The real server under a short siege: everybody who is to be there is there, and the neighbour is measured.
#include "bench/load/siege.h"

#include <gtest/gtest.h>

namespace iff {
namespace {

TEST(Siege, HasEverybodyThereWhileTheNeighbourIsMeasured) {
  const SiegePlan plan{.program = IFF_PROGRAM,
                       .supervisor = IFF_SUPERVISOR,
                       .connections = 200,
                       .alone = std::chrono::seconds(1),
                       .beside = std::chrono::seconds(3),
                       .slow_rate = 150,
                       .jira_takes = std::chrono::seconds(20)};
  const Result<SiegeOutcome> seen = MeasureSiege(plan, [](const std::string&) {});
  ASSERT_TRUE(seen.ok()) << seen.error();
  EXPECT_GE(seen->alone.answered, 5);
  EXPECT_GE(seen->beside.answered, 20);
  EXPECT_EQ(seen->beside.failed, 0) << seen->beside.problem;
  EXPECT_GT(seen->flooded, 5);
  EXPECT_GT(seen->flood_refused, 0) << "its budget is spent";
  EXPECT_NEAR(static_cast<double>(seen->most_at_jira), 128, 3) << "half of the connections, of some 400 calls";
  EXPECT_GE(seen->connected, 200);
  EXPECT_GT(seen->least_open, 150);
  EXPECT_GT(seen->largest, 1);
}

}  // namespace
}  // namespace iff
