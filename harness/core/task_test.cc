#include "harness/core/task.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace iff {
namespace {

using Answer = std::function<void(int)>;

Task<int> Later(Answer& waiting) {
  Await<int>::Start start = [&](Answer done) { waiting = std::move(done); };
  Await<int> answer(std::move(start));
  co_return co_await answer;
}

Task<int> Now(int value) {
  Await<int>::Start start = [value](Answer done) { done(value); };
  Await<int> answer(std::move(start));
  co_return co_await answer;
}

Task<void> Sum(Answer& waiting, std::vector<std::string>& seen) {
  const int first = co_await Now(1);
  seen.push_back("first");
  const int second = co_await Later(waiting);
  seen.push_back("sum " + std::to_string(first + second));
}

TEST(Task, GoesOnWhereItWaited) {
  Answer waiting;
  std::vector<std::string> seen;
  Spawn(Sum(waiting, seen));
  EXPECT_EQ(seen, std::vector<std::string>{"first"});
  std::exchange(waiting, nullptr)(41);
  EXPECT_EQ(seen, (std::vector<std::string>{"first", "sum 42"}));
}

TEST(Task, DoesNotStartBeforeItIsAwaited) {
  Answer waiting;
  std::vector<std::string> seen;
  {
    const Task<void> never = Sum(waiting, seen);
  }
  EXPECT_TRUE(seen.empty());
}

Task<void> CountTo(int limit, int& count) {
  while (count < limit) count += co_await Now(1);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kRounds = 1'000;  // the sanitizers keep the compiler from transferring symmetrically
#else
constexpr int kRounds = 300'000;
#endif

// Answers that come at once must not pile up on the stack.
TEST(Task, DoesNotGrowTheStack) {
  int count = 0;
  Spawn(CountTo(kRounds, count));
  EXPECT_EQ(count, kRounds);
}

TEST(Task, CarriesWhatCanOnlyBeMoved) {
  int seen = 0;
  const auto make = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
  const auto use = [&]() -> Task<void> {
    const std::unique_ptr<int> owned = co_await make();
    seen = *owned;
  };
  Spawn(use());
  EXPECT_EQ(seen, 7);
}

Task<int> Throw(Answer* waiting) {
  if (waiting != nullptr) co_await Later(*waiting);
  throw std::runtime_error("of another's code");
}

Task<void> Pass(Answer* waiting) { co_await Throw(waiting); }

Task<void> Catch(Answer* waiting, std::vector<std::string>& seen) {
  try {
    co_await Pass(waiting);
    seen.push_back("went on");
  } catch (const std::runtime_error& error) {
    seen.push_back(error.what());
  }
}

TEST(Task, ThrowsWhereItIsAwaitedWhatItsCodeThrew) {
  Answer waiting;
  std::vector<std::string> seen;
  Spawn(Catch(nullptr, seen));
  EXPECT_EQ(seen, std::vector<std::string>{"of another's code"});
  Spawn(Catch(&waiting, seen));
  EXPECT_EQ(seen.size(), 1U);
  std::exchange(waiting, nullptr)(1);
  EXPECT_EQ(seen, (std::vector<std::string>{"of another's code", "of another's code"}));
}

}  // namespace
}  // namespace iff
