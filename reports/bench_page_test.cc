#include "reports/bench_page.h"

#include <gmock/gmock.h>

#include <sstream>

#include "harness/core/histogram.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Json HistogramOf(int64_t count, int64_t each) {
  Histogram histogram;
  for (int64_t i = 0; i < count; ++i) histogram.Record(each + i % 7);
  return histogram.ToJson();
}

Json Row(const std::string& name, int64_t count, int64_t each) {
  return {{"name", name}, {"title", name}, {"model", "closed"}, {"response", HistogramOf(count, each)}};
}

std::string Draw(Json rows) {
  std::ostringstream out;
  WriteBenchPage({{"schema", "iff-bench-2"}, {"system", "demo"}, {"rows", std::move(rows)}}, out);
  return out.str();
}

TEST(BenchPage, MarksTheP99OfFewSamples) {
  EXPECT_THAT(Draw({Row("few", 9'999, 250)}),
              AllOf(HasSubstr("<td>few<td>9999"), HasSubstr("<td>0.253<td>0.256<td>~0.256<td>n/a"),
                    HasSubstr("of too few samples")));
  // 250 to 256 us in turn: the p99 is the largest but one bucket's.
  EXPECT_THAT(Draw({Row("enough", 10'000, 250)}), HasSubstr("<td>0.253<td>0.256<td>0.256<td>n/a"));
}

TEST(BenchPage, DrawsTheHopsThatAddUp) {
  Json row = Row("chain", 10, 1000);
  row["breakdown"] = {
      {"whole", {{"count", 2}, {"sum_us", 4000}}},
      {"parts", {{{"name", "vault login"}, {"total_us", 3000}}, {{"name", "rest"}, {"total_us", 1000}}}}};
  EXPECT_THAT(Draw({row}), AllOf(HasSubstr("Mean of 2 calls: 2.000 ms"), HasSubstr("vault login: 1.500 ms, 75.0 %"),
                                 HasSubstr("rest: 0.500 ms, 25.0 %")));
}

TEST(BenchPage, DrawsLatencyOverLoadOfTwoRatesOrMore) {
  Json one = Row("a", 100, 300);
  one["model"] = "open";
  one["load"] = {{"offered", 500.0}, {"achieved", 500.0}};
  EXPECT_THAT(Draw({one}), Not(HasSubstr("Latency over load")));
  Json two = one;
  two["load"]["offered"] = 1000.0;
  EXPECT_THAT(Draw({one, two}), AllOf(HasSubstr("Latency over load"), HasSubstr("up to 1000 arrivals per second")));
}

TEST(BenchPage, SaysWhatIsInvalidAndLetsNoTextBecomeMarkup) {
  Json row = Row("<script>alert(1)</script>", 20, 5);
  row["invalid"] = "the driver sent 3.0 % late";
  EXPECT_THAT(Draw({row}), AllOf(HasSubstr("class=invalid"), HasSubstr("invalid: the driver sent 3.0 % late"),
                                 HasSubstr("&lt;script&gt;"), Not(HasSubstr("<script"))));
}

TEST(BenchPage, StandsWhatIsMissing) {
  for (const Json& odd : {Json::object(), Json{{"rows", 7}}, Json{{"rows", {nullptr, 3, Json::object()}}}}) {
    std::ostringstream out;
    WriteBenchPage(odd, out);
    EXPECT_THAT(out.str(), HasSubstr("</html>"));
  }
}

}  // namespace
}  // namespace iff
