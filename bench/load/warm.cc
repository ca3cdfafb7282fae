#include "bench/load/warm.h"

#include <algorithm>
#include <cstdio>

#include "bench/load/comparison.h"
#include "harness/core/result.h"

namespace iff {
namespace {

std::string TitleOf(const WarmCell& cell) {
  return std::to_string(cell.identities) + (cell.identities == 1 ? " identity, " : " identities, ") +
         std::to_string(cell.connections) + (cell.connections == 1 ? " connection" : " connections");
}

}  // namespace

CostRatio RatioOf(const WarmCell& many, const WarmCell& few) {
  Invariant(!few.cpu_us.empty() && many.cpu_us.size() == few.cpu_us.size(), "both were measured in each round");
  std::vector<double> ratios;
  for (size_t i = 0; i < few.cpu_us.size(); ++i) ratios.push_back(many.cpu_us[i] / few.cpu_us[i]);
  const auto [lowest, highest] = std::minmax_element(ratios.begin(), ratios.end());
  return {.median = MedianOf(ratios), .lowest = *lowest, .highest = *highest};
}

std::vector<std::string> TellWarm(const std::vector<WarmCell>& cells) {
  std::vector<std::string> lines;
  char text[200];
  for (const WarmCell& cell : cells) {
    std::snprintf(
        text, sizeof text,
        "%-38s resident %6.1f MiB, at its peak %6.1f; %7.1f us of processor time per call (%zu rounds, median)",
        TitleOf(cell).c_str(), cell.memory.resident, cell.memory.peak, MedianOf(cell.cpu_us), cell.cpu_us.size());
    lines.emplace_back(text);
  }
  for (const WarmCell& few : cells) {
    const auto same = [&](const WarmCell& other) { return other.connections == few.connections; };
    const auto fewer = [](const WarmCell& a, const WarmCell& b) { return a.identities < b.identities; };
    const WarmCell* most = &few;
    bool fewest = true;
    for (const WarmCell& other : cells) {
      if (!same(other)) continue;
      if (fewer(*most, other)) most = &other;
      fewest = fewest && !fewer(other, few);
    }
    if (!fewest || most == &few) continue;
    const CostRatio ratio = RatioOf(*most, few);
    std::snprintf(text, sizeof text,
                  "processor time per call, %d identities to %d, %d connection%s: %.2f times (%.2f to %.2f by round)",
                  most->identities, few.identities, few.connections, few.connections == 1 ? "" : "s", ratio.median,
                  ratio.lowest, ratio.highest);
    lines.emplace_back(text);
  }
  return lines;
}

std::string AboveMemory(const std::vector<WarmCell>& cells, double mib) {
  std::string above;
  char text[160];
  for (const WarmCell& cell : cells) {
    Invariant(cell.memory.known(), "the server's memory was read");
    if (cell.memory.peak < mib) continue;
    std::snprintf(text, sizeof text, "%s%s: %.1f MiB at its peak, %.0f allowed", above.empty() ? "" : "; ",
                  TitleOf(cell).c_str(), cell.memory.peak, mib);
    above += text;
  }
  return above;
}

}  // namespace iff
