// What became of every run: one line of JSON each, appended, so that a scenario that fails now and then is seen for
// what it is. Only ids and verdicts are kept.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "harness/core/result.h"
#include "harness/run/result.h"

namespace iff {

struct PastRun {
  std::string run = {};
  std::string started = {};  // RFC 3339
  std::map<std::string, Verdict> scenarios = {};
};

// Appends under a lock, so that runs side by side do not mix. When the file grows beyond `most_bytes`, the older
// half goes.
Result<void> AppendHistory(const std::string& path, const RunResult& run, size_t most_bytes = size_t{16} << 20);
// In the order of the file. A line that is not whole, as a crash leaves it, is passed over. No file: no runs.
Result<std::vector<PastRun>> ReadHistory(const std::string& path);

// The interval that holds a rate with 95% confidence (Wilson's score).
struct RateInterval {
  double rate = 0;
  double low = 0;
  double high = 1;
};
RateInterval WilsonInterval(size_t hits, size_t tries);

enum class Trend { kSteady, kNew, kFixed, kRegressed, kStillBad };
std::string_view Name(Trend trend);  // "still bad"

// One scenario over all runs that played it. Bad is whatever did not pass.
struct ScenarioPast {
  std::string id = {};
  size_t runs = 0;
  size_t bad = 0;
  size_t turns = 0;  // times that its verdict was another than in the run before
  RateInterval rate = {};
  Trend trend = Trend::kNew;   // of the last run against the one before
  std::string first_bad = {};  // of the runs that have been bad without a break until now; "" when it is good
};
std::vector<ScenarioPast> Weigh(const std::vector<PastRun>& runs);

}  // namespace iff
