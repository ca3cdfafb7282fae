#include "reports/times.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace iff {

int64_t EpochMicros(const std::string& rfc3339) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, read = 0;
  if (std::sscanf(rfc3339.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &read) !=
      6) {
    return -1;
  }
  int64_t micros = 0;
  if (auto at = static_cast<size_t>(read); at < rfc3339.size() && rfc3339[at] == '.') {
    int64_t unit = 100'000;
    for (++at; at < rfc3339.size() && rfc3339[at] >= '0' && rfc3339[at] <= '9'; ++at, unit /= 10) {
      micros += (rfc3339[at] - '0') * unit;
    }
  }
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return -1;
  const auto whole = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                     std::chrono::minutes(minute) + std::chrono::seconds(second);
  return std::chrono::duration_cast<std::chrono::microseconds>(whole).count() + micros;
}

int64_t FirstStart(const RunResult& run) {
  int64_t first = 0;
  for (const ScenarioResult& scenario : run.scenarios) {
    if (scenario.started_us == 0) continue;  // never begun
    first = first == 0 ? scenario.started_us : std::min(first, scenario.started_us);
  }
  return first;
}

int64_t BeganAt(const RunResult& run, const ScenarioResult& scenario) {
  return std::max<int64_t>(EpochMicros(run.started), 0) + std::max<int64_t>(scenario.started_us - FirstStart(run), 0);
}

}  // namespace iff
