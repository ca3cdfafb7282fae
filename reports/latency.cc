#include "reports/latency.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/core/histogram.h"

namespace iff {
namespace {

constexpr size_t kFewest = 10;  // calls that make a picture
constexpr size_t kMost = 9;     // pictures

int BucketOf(int64_t micros) {
  return static_cast<int>(std::floor(2 * std::log2(static_cast<double>(std::max<int64_t>(micros, 1)))));
}

int64_t Bound(int bucket) { return static_cast<int64_t>(std::llround(std::exp2(bucket / 2.0))); }

// The same call by different people is one kind of call.
std::string KindOf(const Exchange& exchange) {
  const std::string& title = exchange.title;
  return !exchange.actor.empty() && title.starts_with(exchange.actor + " ") ? title.substr(exchange.actor.size() + 1)
                                                                            : title;
}

Json Picture(const std::string& lane, const std::string& title, const std::vector<int64_t>& times) {
  Histogram histogram;
  std::map<int, int64_t> buckets;
  for (const int64_t time : times) {
    histogram.Record(time);
    ++buckets[BucketOf(time)];
  }
  Json bars = Json::array();
  for (int bucket = buckets.begin()->first; bucket <= buckets.rbegin()->first; ++bucket) {
    const auto found = buckets.find(bucket);
    bars.push_back({Bound(bucket), Bound(bucket + 1), found == buckets.end() ? 0 : found->second});
  }
  return {{"lane", lane},
          {"title", title},
          {"count", histogram.count()},
          {"p50_us", histogram.Quantile(0.5)},
          {"p90_us", histogram.Quantile(0.9)},
          {"p99_us", histogram.Quantile(0.99)},
          {"max_us", histogram.max()},
          {"buckets", std::move(bars)}};
}

}  // namespace

Json LatencyOf(const RunResult& run) {
  std::map<std::pair<std::string, std::string>, std::vector<int64_t>> kinds;
  for (const ScenarioResult& scenario : run.scenarios) {
    for (const StepResult& step : scenario.steps) {
      for (const Exchange& exchange : step.trace.exchanges) {
        if (exchange.status != 0) kinds[{exchange.lane, KindOf(exchange)}].push_back(exchange.took_us);
      }
    }
  }
  std::erase_if(kinds, [](const auto& kind) { return kind.second.size() < kFewest; });
  std::vector<std::pair<std::pair<std::string, std::string>, std::vector<int64_t>>> sorted(kinds.begin(), kinds.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  if (sorted.size() > kMost) sorted.resize(kMost);
  Json pictures = Json::array();
  for (const auto& [kind, times] : sorted) pictures.push_back(Picture(kind.first, kind.second, times));
  return pictures;
}

}  // namespace iff
