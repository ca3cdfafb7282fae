// Where a call spent its time, from what passed the relays between the target and everything behind it. The
// target itself is not asked, so this works for anybody's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/histogram.h"
#include "harness/net/gate.h"

namespace iff {

// Bytes that passed the relay before `component`.
struct Seen {
  std::string component = {};
  uint64_t connection = 0;  // a number of the relay's
  bool to_component = false;
  int64_t at = 0;          // microseconds on the monotonic clock
  std::string begin = {};  // of the chunk: enough to tell what is asked for
  std::string end = {};    // its last bytes
};

struct Hop {
  std::string name = {};
  int64_t begin = 0;  // microseconds
  int64_t end = 0;
};

// What a request that begins so is about: "token exchange", "kv read", or component and method.
std::string HopName(std::string_view component, std::string_view begin);

// Request and answer of each exchange, in the order in which they began. A dialogue that is not HTTP is
// one hop until PostgreSQL says that it is ready: "database connect" first, "query" afterwards.
std::vector<Hop> HopsOf(const std::vector<Seen>& seen);

// The time of each hop within [begin, end] that no earlier one has, and what is left to target and client
// under kRest: the parts add up to the whole exactly.
struct Part {
  std::string name = {};
  int64_t took = 0;
};
inline constexpr const char* kRest = "target, client and relays";
std::vector<Part> PartsOf(const std::vector<Hop>& hops, int64_t begin, int64_t end);

// True if a hop of that name is there to find out who calls and what they may: logins, tokens, keys, credentials. The
// rest is the upstream's, or the target's own.
bool IsAuthentication(std::string_view hop);

// Parts by name over many calls.
struct Breakdown {
  struct Row {
    std::string name = {};
    Histogram took = {};
    int64_t total_us = 0;
  };
  std::vector<Row> rows = {};  // in the order in which they were first met, kRest last
  Histogram whole = {};

  void Add(const std::vector<Part>& parts, int64_t whole_us);
  // Of a call, on average, in microseconds; what the target does in itself for it is not in it.
  double AuthenticationUs() const;
  Json ToJson() const;
};

}  // namespace iff
