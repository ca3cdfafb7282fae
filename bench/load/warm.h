// What many people with kept credentials and many open connections cost a server, beside few: processor time per call
// and memory, in one run. Pure; warm_stack.h has the server.
#pragma once

#include <string>
#include <vector>

#include "bench/load/regime.h"

namespace iff {

// So many people, so many connections: a server process of their own, measured round by round.
struct WarmCell {
  int identities = 1;
  int connections = 1;
  std::vector<double> cpu_us = {};  // of the server per call, a value each round
  Memory memory = {};               // with every connection open, after the last round
};

// What many cost over what few cost, of the same rounds.
struct CostRatio {
  double median = 0;
  double lowest = 0;
  double highest = 0;
};
// REQUIRES: both have as many rounds, at least one
CostRatio RatioOf(const WarmCell& many, const WarmCell& few);

// Memory of each cell, and for each number of connections what most identities cost over fewest.
std::vector<std::string> TellWarm(const std::vector<WarmCell>& cells);

// "" if every cell stayed below `mib` at its peak, else which did not. REQUIRES: memory is known
std::string AboveMemory(const std::vector<WarmCell>& cells, double mib);

}  // namespace iff
