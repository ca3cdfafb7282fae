// Offers load to one HTTP server from one thread, over kept connections, and says what became of it. Closed
// model: each caller sends when its last answer came. Open model: calls arrive at a rate and are timed from
// the moment they were due, so a stall is seen by everybody who came meanwhile.
//
//   const LoadOutcome seen = TRY(Drive({.endpoint = endpoint, .requests = {bytes}, .callers = 64, .rate = 5000}));
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bench/load/pacing.h"
#include "bench/load/regime.h"
#include "harness/net/endpoint.h"

namespace iff {

struct LoadPlan {
  Endpoint endpoint = {};
  // Whole requests (WireRequest); call after call takes the next one: one for each identity.
  std::vector<std::string> requests = {};
  int callers = 1;  // connections
  double rate = 0;  // arrivals per second; 0: the closed model
  // Not counted. Default: 300 ms, until connections, caches and branch predictors are warm.
  std::chrono::milliseconds warm_up = std::chrono::milliseconds(300);
  std::chrono::milliseconds duration = std::chrono::milliseconds(2000);
  // How long what was sent in time may take to be answered afterwards. Default: 10 s.
  std::chrono::milliseconds patience = std::chrono::seconds(10);
  // An answer is one with status 200 that has the first and not the second.
  std::string must_contain = "\"result\"";
  std::string must_not_contain = "\"isError\":true";
  // Whose processor time and memory are counted; 0: nobody's.
  int server_pid = 0;
  // The core this thread runs on meanwhile; -1: any.
  int core = -1;
  // Looks for answers again and again instead of sleeping until one comes: nobody then pays for waking the driver,
  // least of all the server, on whose processor time a wake-up is charged. Only where nobody else needs the core.
  bool awake = false;
};

struct LoadOutcome {
  Samples samples = {};
  int64_t answered = 0;      // well, and counted
  int64_t failed = 0;        // refused, broken off, or not answered in time
  std::string problem = {};  // of the first of those
  double offered = 0;        // per second
  double achieved = 0;
  double late_share = 0;    // of the arrivals: noticed more than 1 ms after they were due
  double driver_busy = 0;   // of one core, without looking in vain
  double server_us = 0;     // processor time of the server per call; 0 when it is not known
  double server_busy = 0;   // of one core
  double answer_bytes = 0;  // of an answer's body, on average
  Memory memory = {};       // of the server when the last answer had come, every connection still open
  // Why the figures say more about the driver than about the server, or "".
  std::string Invalid() const;
  // The server did not keep up with what was offered.
  bool overloaded() const { return achieved < 0.95 * offered; }
};

// kUnavailable: nobody listens there. Calls that fail are counted, not an error.
Result<LoadOutcome> Drive(const LoadPlan& plan);

}  // namespace iff
