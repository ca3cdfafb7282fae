#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/prove/stress.h"

namespace iff {
namespace {

using testing::SizeIs;
using testing::UnorderedElementsAreArray;

std::vector<Scenario> Some(int count) {
  std::vector<Scenario> all;
  for (int number = 0; number < count; ++number) all.push_back({.id = "suite/" + std::to_string(number)});
  return all;
}

std::vector<std::string> Ids(const std::vector<Scenario>& scenarios) {
  std::vector<std::string> ids;
  for (const Scenario& scenario : scenarios) ids.push_back(scenario.id);
  return ids;
}

TEST(DrawRound, PlaysEverythingOnceInTheOrderOfItsSeed) {
  const std::vector<Scenario> all = Some(40);
  const DrawnRound one = DrawRound(7, all, 0, 0);
  EXPECT_THAT(Ids(one.order), UnorderedElementsAreArray(Ids(all)));
  EXPECT_NE(Ids(one.order), Ids(all));
  const DrawnRound again = DrawRound(7, all, 0, 0);
  EXPECT_EQ(Ids(again.order), Ids(one.order));
  EXPECT_EQ(again.jobs, one.jobs);
  EXPECT_EQ(again.drawn_by_lot, one.drawn_by_lot);
  EXPECT_NE(Ids(DrawRound(8, all, 0, 0).order), Ids(one.order));
}

TEST(DrawRound, TakesSoManyAndInTheLongRunEveryOne) {
  const std::vector<Scenario> all = Some(12);
  std::vector<std::string> seen;
  for (int seed = 1; seed <= 100; ++seed) {
    const DrawnRound round = DrawRound(seed, all, 3, 0);
    ASSERT_THAT(round.order, SizeIs(3));
    for (const std::string& id : Ids(round.order)) {
      if (std::find(seen.begin(), seen.end(), id) == seen.end()) seen.push_back(id);
    }
  }
  EXPECT_THAT(seen, SizeIs(12));
  EXPECT_THAT(DrawRound(1, all, 100, 0).order, SizeIs(12));
}

TEST(DrawRound, DrawsHowManySideBySideUnlessTold) {
  std::vector<bool> drawn(5);
  for (int seed = 1; seed <= 100; ++seed) {
    const int jobs = DrawRound(seed, Some(3), 0, 0).jobs;
    ASSERT_GE(jobs, 1);
    ASSERT_LE(jobs, 4);
    drawn[static_cast<size_t>(jobs)] = true;
  }
  EXPECT_EQ(std::count(drawn.begin(), drawn.end(), true), 4);
  EXPECT_EQ(DrawRound(1, Some(3), 0, 9).jobs, 9);
}

}  // namespace
}  // namespace iff
