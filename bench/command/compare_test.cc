#include "bench/command/compare.h"

#include <gmock/gmock.h>

#include "bench/command/bench.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

TEST(NumbersOf, NamesTheListThatIsWrong) {
  const auto numbers = NumbersOf({.callers = "1,256", .identities = "1,10,1000"});
  ASSERT_TRUE(numbers.ok()) << numbers.error().message();
  EXPECT_THAT(numbers->identities, testing::ElementsAre(1, 10, 1000));
  EXPECT_THAT(NumbersOf({.identities = "1001"}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("--identities: '1001'")));
  EXPECT_THAT(NumbersOf({.callers = ""}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("--callers: want at least one")));
  EXPECT_THAT(NumbersOf({.rates = "fast"}), FailsWith(ErrorKind::kInvalidInput, HasSubstr("--rate")));
}

BenchRow Row(const std::string& name, int64_t typical, int64_t tail, double noise) {
  BenchRow row{.name = name, .title = name};
  for (int i = 0; i < 20'000; ++i) row.response.Record(i % 50 == 0 ? tail : typical);
  row.regime.noise = noise;
  return row;
}

Json Stored(const std::vector<BenchRow>& rows) {
  Json document{{"schema", "iff-bench-2"}, {"rows", Json::array()}};
  for (const BenchRow& row : rows) document["rows"].push_back(row.ToJson());
  return document;
}

int Worse(const BenchRow& before, const BenchRow& after) {
  const Result<StoredComparison> seen = CompareWithStored({after}, Stored({before}));
  EXPECT_THAT(seen, IsOk());
  return seen.ok() ? seen->worse : -1;
}

TEST(CompareWithStored, AllowsTheMedianATenthAndTheP99AQuarter) {
  const BenchRow before = Row("a", 400, 900, 0);
  EXPECT_EQ(Worse(before, before), 0);
  EXPECT_EQ(Worse(before, Row("a", 435, 900, 0)), 0);
  EXPECT_EQ(Worse(before, Row("a", 450, 900, 0)), 1);
  EXPECT_EQ(Worse(before, Row("a", 400, 1100, 0)), 0);
  EXPECT_EQ(Worse(before, Row("a", 400, 1'000'000, 0)), 1) << "a stall of a second";
  EXPECT_EQ(Worse(before, Row("a", 200, 300, 0)), 0) << "faster is no alarm";
}

TEST(CompareWithStored, TakesADifferenceWithinTheNoiseForNone) {
  EXPECT_EQ(Worse(Row("a", 400, 900, 0.2), Row("a", 450, 900, 0.01)), 0);
  EXPECT_EQ(Worse(Row("a", 400, 900, 0.01), Row("a", 450, 900, 0.01)), 1);
}

TEST(CompareWithStored, ComparesRowsOfOneNameAlone) {
  const Result<StoredComparison> seen = CompareWithStored({Row("b", 9000, 9000, 0)}, Stored({Row("a", 1, 1, 0)}));
  ASSERT_THAT(seen, IsOk());
  EXPECT_EQ(seen->compared, 0);
  EXPECT_THAT(CompareWithStored({}, Json{{"schema", "iff-bench-1"}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("iff bench --output")));
}

TEST(NumbersIn, ReadsAListWithinItsLimits) {
  EXPECT_THAT(NumbersIn("4,256", 1, 256), IsOkAndHolds(std::vector<double>{4, 256}));
  EXPECT_THAT(NumbersIn("100,2500.5", 1, 1e6), IsOkAndHolds(std::vector<double>{100, 2500.5}));
  EXPECT_THAT(NumbersIn("", 1, 256), IsOkAndHolds(std::vector<double>{}));
  for (const char* const bad : {"257", "0", "many", "1,,2", "1;2", "-1", "1e9"}) {
    EXPECT_THAT(NumbersIn(bad, 1, 256), FailsWith(ErrorKind::kInvalidInput, HasSubstr("1 to 256"))) << bad;
  }
}

}  // namespace
}  // namespace iff
