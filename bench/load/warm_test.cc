#include "bench/load/warm.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

WarmCell Of(int identities, int connections, std::vector<double> cpu_us, Memory memory = {.resident = 10, .peak = 12}) {
  return {.identities = identities, .connections = connections, .cpu_us = std::move(cpu_us), .memory = memory};
}

TEST(RatioOf, ComparesRoundWithRound) {
  const CostRatio ratio = RatioOf(Of(1000, 1, {60, 220, 55}), Of(1, 1, {50, 200, 50}));
  EXPECT_DOUBLE_EQ(ratio.median, 1.1) << "a slow minute is slow for both";
  EXPECT_DOUBLE_EQ(ratio.lowest, 1.1);
  EXPECT_DOUBLE_EQ(ratio.highest, 1.2);
  EXPECT_DOUBLE_EQ(RatioOf(Of(2, 1, {10, 30}), Of(1, 1, {10, 10})).median, 2) << "of an even number of rounds";
}

TEST(TellWarm, SetsMostIdentitiesBesideFewestWithAsManyConnections) {
  const std::vector<WarmCell> cells = {Of(1, 1, {50}),    Of(1, 1000, {30}),    Of(10, 1, {51}),
                                       Of(1000, 1, {75}), Of(1000, 1000, {33}), Of(7, 64, {40})};
  const std::vector<std::string> lines = TellWarm(cells);
  EXPECT_EQ(lines.size(), cells.size() + 2) << "of 64 connections there is one number of identities only";
  EXPECT_THAT(lines, Contains(HasSubstr("1000 identities to 1, 1 connection: 1.50 times")));
  EXPECT_THAT(lines, Contains(HasSubstr("1000 identities to 1, 1000 connections: 1.10 times")));
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr("7 identities, 64 connections"), HasSubstr("peak   12.0"))));
}

TEST(AboveMemory, NamesTheServersWhosePeakWasTooHigh) {
  const std::vector<WarmCell> cells = {Of(1, 1, {50}, {.resident = 9, .peak = 63.9}),
                                       Of(1000, 1000, {50}, {.resident = 60, .peak = 64})};
  EXPECT_EQ(AboveMemory(cells, 65), "");
  EXPECT_THAT(AboveMemory(cells, 64),
              AllOf(HasSubstr("1000 identities, 1000 connections: 64.0 MiB"), Not(HasSubstr("1 identity,"))));
}

TEST(MemoryOf, TellsOfAProcessThatIsThereAndOfNoOther) {
  const Memory own = MemoryOf(getpid());
  EXPECT_GT(own.resident, 0);
  EXPECT_GE(own.peak, own.resident);
  EXPECT_FALSE(MemoryOf(0).known());
}

}  // namespace
}  // namespace iff
