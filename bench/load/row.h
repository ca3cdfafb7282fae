// One measurement and what may be said of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/load/driver.h"
#include "bench/load/hops.h"
#include "bench/load/regime.h"

namespace iff {

// A quantile may be told when at least 100 samples lie beyond it: 10,000 for a p99, 100,000 for a p99.9.
// Of a median half a dozen beyond are enough to be an indication.
bool MayBeTold(int64_t samples, double quantile);
// "1.234" in milliseconds; "~1.234" of too few samples, "n/a" of none.
std::string Milliseconds(const Histogram& histogram, double quantile);

struct BenchRow {
  std::string name = {};  // "load-open-2000"
  std::string title = {};
  std::string target = {};
  bool cold = false;
  bool open = false;  // model
  int callers = 1;
  int identities = 1;
  Histogram service = {};
  Histogram response = {};
  // Of driven load alone.
  std::optional<LoadOutcome> load = {};
  std::optional<Breakdown> breakdown = {};
  std::string invalid = {};  // why it says nothing; "" when it does
  Regime regime = {};

  Json ToJson() const;
};

// What "~" in a table means.
inline constexpr const char* kLegend =
    "~ before a quantile: of too few samples to be relied on, as less than 100 lie beyond it (p90 wants 1,000, p99 "
    "10,000)";
// The table's head and a row's line, with "INVALID: why" behind it where that is so.
std::string TableHead();
std::string TableLine(const BenchRow& row);
// The hops of a breakdown: mean, share, and the whole they add up to.
std::vector<std::string> BreakdownLines(const Breakdown& breakdown);

}  // namespace iff
