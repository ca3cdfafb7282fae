#include "harness/run/janitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <vector>

#include "harness/core/clock.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Janitor, DoesNothingWhileItShallBeQuiet) {
  std::vector<int> done;
  Janitor janitor;
  std::promise<void> last;
  {
    const Janitor::Quiet quiet(janitor);
    janitor.Later([&] { done.push_back(1); });
    janitor.Later([&] {
      done.push_back(2);
      last.set_value();
    });
    // A second run inside the first ends: it stays quiet.
    {
      const Janitor::Quiet inner(janitor);
    }
    EXPECT_THAT(done, IsEmpty());
  }
  last.get_future().wait();
  EXPECT_THAT(done, ElementsAre(1, 2));
}

TEST(Janitor, FinishesWhenAsked) {
  std::array<std::atomic<int>, 3> done = {};  // side by side, in whatever order
  Janitor janitor;
  const Janitor::Quiet quiet(janitor);
  for (std::atomic<int>& times : done) janitor.Later([&times] { ++times; });
  janitor.Finish();
  for (const std::atomic<int>& times : done) EXPECT_EQ(times, 1);
}

TEST(Janitor, WithoutRoomTheJobIsDoneAtOnce) {
  std::vector<int> done;
  Janitor janitor(1);
  const Janitor::Quiet quiet(janitor);
  janitor.Later([&] { done.push_back(1); });
  janitor.Later([&] { done.push_back(2); });
  EXPECT_THAT(done, ElementsAre(2));
}

TEST(Janitor, DropsWhatWaitsWhenItGoes) {
  std::vector<int> done;
  std::promise<void> begun;
  {
    Janitor janitor;
    // What is under way ends after the janitor was told to go, and had dropped the rest.
    janitor.Later([&] {
      begun.set_value();
      (void)Eventually(Deadline::In(std::chrono::milliseconds(150)), []() -> Result<bool> { return false; });
    });
    janitor.Later([&] { done.push_back(1); });
    begun.get_future().wait();
  }
  EXPECT_THAT(done, IsEmpty());
}

}  // namespace
}  // namespace iff
