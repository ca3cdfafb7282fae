// One person's calls to the shipped Jira server, first alone and then beside the worst that others do at once:
// thousands of connections on which little or nothing is said, one caller far beyond their budget, one whose Jira is
// slow.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "bench/load/driver.h"

namespace iff {

struct SiegePlan {
  std::string program = {};     // iff-mcp-jira; absolute
  std::string supervisor = {};  // iff-supervisor
  int connections = 2000;       // of strangers
  std::chrono::seconds alone = std::chrono::seconds(120);
  std::chrono::seconds beside = std::chrono::seconds(60);
  // Calls per second, in the open model: of the neighbour, and of whose Jira is slow.
  double rate = 9;
  double slow_rate = 9;
  // Of everybody's calls: 600 a minute, as is the default.
  std::string budget = "600/60";
  // How long Jira takes for the one; the server waits for it for 30 s.
  std::chrono::milliseconds jira_takes = std::chrono::seconds(25);
};

struct SiegeOutcome {
  LoadOutcome alone = {};
  LoadOutcome beside = {};
  double largest = 0;         // MiB of the server, at its peak
  int64_t flooded = 0;        // calls of who is beyond their budget that were answered
  int64_t flood_refused = 0;  // and those that were not served
  int64_t most_at_jira = 0;   // calls that Jira had at once
  int64_t connected = 0;      // connections of strangers that came about, those anew included
  int64_t least_open = 0;     // of them at once, at the least, before those that were ended were made anew
  // The neighbour's p99 beside the others over the one alone.
  double Ratio() const;
};

// `tell` gets a line for each part that begins. kRefused: a neighbour's call failed alone, so that nothing can be said.
// Others' calls that fail are what they are there for.
Result<SiegeOutcome> MeasureSiege(const SiegePlan& plan, const std::function<void(const std::string&)>& tell);

}  // namespace iff
