// Many people's requests to one server, in an order that is drawn by lot, can be made shorter, and can be written
// down and read back.
//
//   carol1 read_own &     sent, and while it is under way ...
//   carol2 read_own       ... this one; both are awaited
//   carol1 stale
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace iff {

enum class Act {
  kReadOwn,
  kReadOther,  // asks for what is the next person's
  kList,
  kWhoami,
  kCancelled,  // reads, and hangs up before the answer
  kStale,      // reads with a token that has expired
  kSwapped,    // reads in somebody else's session
  kRelogin,    // gets a new token and reads with it
  kRevoked,    // is logged out everywhere; from then on anything but another's thing may come
};
std::string_view Name(Act act);
std::set<Act> AllActs();

struct Move {
  int who = 0;  // index into the people
  Act act = Act::kReadOwn;
  bool meanwhile = false;  // the next move is made before this one is answered
  friend bool operator==(const Move&, const Move&) = default;
};
using Interleaving = std::vector<Move>;

// The same for the same seed, everywhere. What is not among `possible` is a read of one's own instead.
Interleaving DrawInterleaving(uint64_t seed, int people, int moves, const std::set<Act>& possible = AllActs());

// A part of `failing` that still fails, and of which nothing can be left out; asks `fails` at most `most` times.
Interleaving Shrink(Interleaving failing, const std::function<bool(const Interleaving&)>& fails, int most);

// Where moves are tried: anew, and how what is seen then differs from what each sees alone; "": it does not.
struct Trial {
  std::function<Result<void>()> start_anew;
  std::function<Result<std::string>(const Interleaving&)> differs;
};
struct Shortened {
  Interleaving moves = {};
  int failed = 0;  // of `tries`
  int tries = 0;
  std::string difference = {};  // the last one seen
};
// The first difference in `tries` tries: a race does not show each time.
Result<std::string> TryOften(const Trial& trial, const Interleaving& moves, int64_t tries);
// The last of `drawn`, of which the last differed so, as short as it gets; with those before it where it needs them.
Result<Shortened> Shorten(const Trial& trial, const std::vector<Interleaving>& drawn, std::string difference);

// "carol1 read_own &"
std::vector<std::string> Written(const Interleaving& moves, const std::vector<std::string>& people);
Result<Interleaving> ReadInterleaving(const std::vector<std::string>& lines, const std::vector<std::string>& people);

// As a scenario's file gives them: {"carol1", "carol2", "bob"} is [{name: carol, count: 2}, bob].
std::string PrincipalsText(const std::vector<std::string>& people);

// A scenario file that makes these moves again.
std::string ScenarioText(uint64_t seed, const std::string& target, const std::vector<std::string>& people,
                         const std::vector<std::string>& lines);

// A piece of what somebody saw, on one line, from a little before `around` on.
std::string Short(const std::string& text, const std::string& around);

}  // namespace iff
