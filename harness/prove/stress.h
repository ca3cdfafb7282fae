// Scenarios played again and again, each round in another order: what is not steady shows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/publish/history.h"
#include "harness/session/session.h"

namespace iff {

// What a round plays, and how: all of it follows from the seed.
struct DrawnRound {
  int seed = 0;
  std::vector<Scenario> order = {};
  int jobs = 0;               // side by side
  uint64_t drawn_by_lot = 0;  // seed of what is drawn within scenarios
};
DrawnRound DrawRound(int seed, const std::vector<Scenario>& all, int take, int jobs);

struct StressWish {
  // Which scenarios; mutant and cancelled count too, the rest is drawn.
  RunRequest request = {};
  int rounds = 100;
  int seed = 0;             // of the first round; 0: any
  int take = 0;             // scenarios a round plays; 0: all that are selected
  int jobs = 0;             // side by side; 0: drawn for each round
  bool until_fail = false;  // the first bad round ends it, and is published
  std::string output = {};  // where to; "": among the other reports
};

struct StressTotals {
  size_t played = 0;
  size_t passed = 0;
  size_t inapplicable = 0;
  size_t bad = 0;
  bool failed = false;          // one of them, proven
  std::string first = {};       // the first bad one, as on_line was told
  int seed = 0;                 // of the first round, so that the same can be had again
  std::string report = {};      // of the round that ended it
  Result<void> published = {};  // why there is none of it
  int exit_code = 0;            // of all of it: a proven failure outranks what could not be judged
  RateInterval rate = {};       // of the bad ones
};

// For whoever waits; each may be left out. One call at a time.
struct StressProgress {
  std::function<void(std::string_view line)> on_line = {};  // a bad scenario, an error of a round, the report
  std::function<void(int round)> on_good = {};
  std::function<void(int round, const StressTotals& so_far)> on_way = {};  // ten times, if there are many rounds
};

// kInvalidInput: nothing is called so.
Result<StressTotals> Stress(Session& session, const StressWish& wish, const StressProgress& progress);

}  // namespace iff
