#include "scenarios/probes/neighbour.h"

#include <gtest/gtest.h>

namespace iff {
namespace {

CallsOfOne Taking(double most, const std::string& wrong = "") {
  return {.took = std::vector<double>(20, most), .wrong = wrong};
}

TEST(JudgeNeighbour, IsServedMeanwhileAsAlone) {
  const Finding finding = JudgeNeighbour(Taking(3), Taking(12), Taking(4));
  EXPECT_TRUE(finding.met);
  EXPECT_EQ(finding.expected, "nine of ten calls of a neighbour within 280 ms, and each within 2030 ms");
  EXPECT_EQ(finding.observed, "12 ms meanwhile (12 ms the longest), 3 ms before and 4 ms afterwards");
  EXPECT_TRUE(JudgeNeighbour(Taking(100), Taking(1250), Taking(100)).met);
}

TEST(JudgeNeighbour, IsNotWhereItWaitsOrIsRefused) {
  EXPECT_FALSE(JudgeNeighbour(Taking(3), Taking(281), Taking(3)).met);
  EXPECT_FALSE(JudgeNeighbour(Taking(3), Taking(3), Taking(281)).met) << "it may go on afterwards";
  CallsOfOne once = Taking(3);
  once.took.front() = 2031;
  EXPECT_FALSE(JudgeNeighbour(Taking(3), once, Taking(3)).met);
  once.took.front() = 2030;
  EXPECT_TRUE(JudgeNeighbour(Taking(3), once, Taking(3)).met);
  const Finding refused = JudgeNeighbour(Taking(3), Taking(3, "HTTP 429"), Taking(3));
  EXPECT_FALSE(refused.met);
  EXPECT_EQ(refused.observed,
            "3 ms meanwhile (3 ms the longest), 3 ms before and 3 ms afterwards; meanwhile one got HTTP 429");
  EXPECT_FALSE(JudgeNeighbour(Taking(3), Taking(3), Taking(3, "HTTP 503")).met);
}

TEST(JudgeNeighbour, IsNotJudgedWhereItWasNotServedAlone) {
  EXPECT_EQ(JudgeNeighbour(Taking(3, "HTTP 401"), Taking(3), Taking(3)).could_not,
            "the neighbour was not served before: HTTP 401");
  EXPECT_EQ(JudgeNeighbour(Taking(1100), Taking(1100), Taking(1100)).could_not,
            "the neighbour's calls took 1100 ms alone");
}

TEST(CallsOfOne, SlowTenthIsWhatNineOfTenTookAtMost) {
  CallsOfOne calls;
  EXPECT_EQ(calls.SlowTenth(), 0);
  for (int i = 1; i <= 10; ++i) calls.took.push_back(i);
  EXPECT_EQ(calls.SlowTenth(), 10);
  calls.took.assign(19, 1);
  calls.took.push_back(1000);
  EXPECT_EQ(calls.SlowTenth(), 1);
}

}  // namespace
}  // namespace iff
