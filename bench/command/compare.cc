#include "bench/command/compare.h"

#include <unistd.h>

#include <cerrno>
#include <cmath>

#include "bench/load/comparison.h"

namespace iff {
namespace {

double Share(const Histogram& before, const Histogram& after, double quantile) {
  return static_cast<double>(std::max<int64_t>(1, after.Quantile(quantile))) /
             static_cast<double>(std::max<int64_t>(1, before.Quantile(quantile))) -
         1;
}

}  // namespace

Error BecomeComparison(const std::string& root, const std::string& ref) {
  const std::string script = root + "/bench/load/compare_with.sh";
  execl(script.c_str(), script.c_str(), ref.c_str(), static_cast<char*>(nullptr));
  return SystemError("run " + script, errno);
}

Result<StoredComparison> CompareWithStored(const std::vector<BenchRow>& rows, const Json& stored) {
  const Json* const before = Find(stored, "/rows");
  if (AtOr<std::string>(stored, "/schema", "") != "iff-bench-2" || before == nullptr || !before->is_array()) {
    return Error(ErrorKind::kInvalidInput, "not a result of 'iff bench --output'");
  }
  StoredComparison comparison;
  for (const BenchRow& row : rows) {
    for (const Json& old : *before) {
      if (AtOr<std::string>(old, "/name", "") != row.name) continue;
      const Histogram was = TRY(Histogram::FromJson(AtOr<Json>(old, "/response", Json())).While(row.name));
      const double noise = std::max({0.0, row.regime.noise, AtOr<double>(old, "/regime/noise", 0)});
      ++comparison.compared;
      for (const double quantile : {0.5, 0.99}) {
        if (!MayBeTold(was.count(), quantile) || !MayBeTold(row.response.count(), quantile)) continue;
        Shift seen;
        seen.estimate = Share(was, row.response, quantile);
        seen.low = seen.estimate - noise;
        seen.high = seen.estimate + noise;
        seen.limit = quantile < 0.9 ? kMedianLimit : kP99Limit;
        if (seen.worse()) ++comparison.worse;
        comparison.lines.push_back(row.title + (quantile < 0.9 ? ", p50: " : ", p99: ") + Tell(seen));
      }
    }
  }
  return comparison;
}

}  // namespace iff
