// What can be said of an MCP server without any identity and without any environment: it is asked as a stranger would
// ask, in a second or two, and nothing that could change anything is called. The values; pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/core/secret_shapes.h"

namespace iff {

enum class ScanVerdict {
  kSound,
  kFault,
  kNotTold,  // a stranger cannot see it, or there was no answer
};
std::string_view Name(ScanVerdict verdict);  // "sound", "fault", "not told"

struct ScanLine {
  std::string topic = {};   // "challenges", "metadata"
  std::string looked = {};  // what was looked at: "tools/list without a token"
  std::string seen = {};    // what was seen; of the target's own text only what Quoted() makes of it
  ScanVerdict verdict = ScanVerdict::kNotTold;
  std::string clause = {};  // as scenarios/clauses.yaml names it; "": there is none
};
using ScanLines = std::vector<ScanLine>;

struct ScanReport {
  std::string of = {};  // the URL without its query, or the command
  ScanLines lines = {};
  std::string next = {};  // the command that goes on
  std::chrono::milliseconds took{0};
};
bool HasFault(const ScanReport& report);

// Text of the target as it may be shown: its beginning, printable, in quotes. What holds something that looks like a
// secret is replaced by the kind of that: [a signed token].
std::string Quoted(const SecretShapes& shapes, std::string_view text, size_t most = 100);
// Enough of an id that opens something to recognise it by, and no more.
std::string Shortened(const SecretShapes& shapes, std::string_view id);

// A line each, faults first within a topic, and at the end what two people would add and the command that goes on.
// Brief: faults and the sum alone.
std::string ScanText(const ScanReport& report, bool brief = false);
Json ScanJson(const ScanReport& report);

// What cannot be said without two identities.
const std::vector<std::string>& WhatTwoWouldAdd();

}  // namespace iff
