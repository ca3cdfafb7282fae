#include "harness/core/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <sstream>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return Error(ErrorKind::kInvalidInput, "odd: " + std::to_string(number));
  return number / 2;
}

Result<int> Quarter(int number) {
  const int half = TRY(Half(number).While("halve once"));
  return TRY(Half(half).While("halve twice"));
}

Result<void> Check(int number) {
  TRY(Quarter(number));
  return {};
}

TEST(Result, TravelsUpAndGainsAPhrase) {
  EXPECT_THAT(Quarter(8), IsOkAndHolds(2));
  EXPECT_THAT(Quarter(3), FailsWith(ErrorKind::kInvalidInput, "halve once: odd: 3"));
  EXPECT_THAT(Quarter(6), FailsWith(ErrorKind::kInvalidInput, "halve twice: odd: 3"));
  EXPECT_THAT(Check(8), IsOk());
  EXPECT_THAT(Check(6).While("check"), FailsWith(ErrorKind::kInvalidInput, "check: halve twice: odd: 3"));
}

TEST(Result, CarriesWhatCanOnlyBeMoved) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
  const auto take = [&]() -> Result<int> {
    const std::unique_ptr<int> owned = TRY(make());
    return *owned;
  };
  EXPECT_THAT(take(), IsOkAndHolds(7));
}

TEST(Result, FallsBack) {
  EXPECT_EQ(Half(3).value_or(9), 9);
  EXPECT_EQ(Half(4).value_or(9), 2);
}

TEST(ResultDeathTest, DiesWhenAskedForWhatIsNotThere) {
  EXPECT_DEATH(static_cast<void>(Half(3).value()), "value\\(\\) needs a value");
  EXPECT_DEATH(static_cast<void>(Half(4).error()), "error\\(\\) needs an error");
}

TEST(Error, ShowsItsMessageAndKind) {
  std::ostringstream out;
  out << SystemError("open file", ENOENT).While("load");
  EXPECT_EQ(out.str(), "load: open file: No such file or directory (system)");
}

}  // namespace
}  // namespace iff
