// Measures each number of people with each number of connections, every combination in a server of its own, in turns.
#pragma once

#include <chrono>
#include <functional>
#include <map>

#include "bench/load/row.h"
#include "bench/load/warm.h"

namespace iff {

struct WarmPlan {
  std::string program = {};     // iff-mcp-jira; absolute
  std::string supervisor = {};  // iff-supervisor
  std::vector<int> identities = {1, 1000};
  std::vector<int> connections = {1, 1000};
  // Of all combinations, in this order and in the other by turns, so that whatever drifts drifts over all alike.
  int rounds = 5;
  std::chrono::milliseconds duration = std::chrono::seconds(2);  // of each combination in a round
  int core = 0;                                                  // the servers'
  int driver_core = 1;                                           // the driver's and the stand-ins'
  std::map<std::string, std::string> environment = {};           // further variables of the servers
};

// `tell` gets each row as it is measured. kRefused: a call failed, or something was fetched while it was measured, so
// that it was not warm.
Result<std::vector<WarmCell>> MeasureWarm(const WarmPlan& plan, const std::function<void(const BenchRow&)>& tell);

}  // namespace iff
