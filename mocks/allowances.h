// How many requests each credential has left, in windows that begin with its first.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "harness/core/clock.h"
#include "mocks/people.h"

namespace iff {

struct Limit {
  int64_t requests = 0;
  std::chrono::seconds window{1};
  int status = 429;  // of a request too many
  // False: what the service usually grants, which is told and counted; nobody is refused, so that load can be measured,
  // and a window that is used up is followed by the next.
  bool enforced = true;
};

// Of one request, counted.
struct Allowance {
  int64_t limit = 0;
  int64_t used = 0;
  WallTime reset = {};  // when the window ends
  int status = 0;       // it is one too many and is answered with this; 0: it is not
  bool burst = false;   // too many at once: to come back soon, whatever is left of the window

  int64_t remaining() const { return limit - used; }
};

class Allowances {
 public:
  // For whom has `account`, "" for all others; {}: as usual again. Everybody's count begins anew. kInvalidInput: a
  // limit of no requests, no time, or a status that is no refusal.
  Result<void> Set(const std::string& account, std::optional<Limit> limit);
  // Counts one more request of the caller's credential; those without a good one share one count, as by an address.
  Allowance Take(const Caller& caller, const Limit& usual, WallTime now);
  // The last one did not count.
  void GiveBack(const Caller& caller, Allowance& allowance);
  void Forget(const std::string& account) { limits_.erase(account); }

 private:
  struct Window {
    int64_t used = 0;
    WallTime end = {};
  };
  static std::string KeyOf(const Caller& caller) { return caller.person == nullptr ? "" : caller.fingerprint; }

  std::map<std::string, Limit> limits_;    // by account
  std::map<std::string, Window> windows_;  // by fingerprint
};

}  // namespace iff
