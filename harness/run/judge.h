// What was seen, and what it means. Pure: values in, a Check out; no clock, no network.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/environment/capabilities.h"
#include "harness/mcp/protocol.h"
#include "harness/run/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

// What a probe found out about one question.
struct Finding {
  bool met = false;
  std::string expected = {};
  std::string observed = {};
  std::string could_not = {};     // not empty: it could not be found out, and why
  std::string inapplicable = {};  // not empty: there is nothing to find out, and why
};

// Everything seen during one step, at both ends. Texts are masked already, canaries excepted.
struct Observation {
  // The target's answer; of several, the last. No answer: `silence` says why.
  std::optional<McpAnswer> answer = {};
  std::string silence = {};
  bool target_died = false;  // its process ended
  bool may_hang_up = false;  // the request was none, and its valid twins were served: an ended connection is an answer
  bool timed_out = false;    // no answer within the patience
  std::chrono::microseconds took = {};
  std::string caller = {};        // role
  std::string upstream = {};      // of the target
  std::string target = {};        // its name
  std::string asked = {};         // what it was asked for: a tool, or a method
  std::string shown = {};         // what is wrong with what it was shown, in words; "" if that is not known to be wrong
  std::string twin_refused = {};  // of an attack: why the valid token beside it was refused too, if it was

  std::map<std::string, int64_t> tally = {};  // "succeeded", "429", "silent", ...

  std::map<std::string, std::string> role_of = {};  // account or subject id -> role
  std::map<std::string, std::string> canary = {};   // role -> canary at the target's upstream
  std::vector<std::string> others_seen = {};  // aliases of canaries and credentials, not the caller's, in the answer
  std::map<std::string, std::vector<std::string>> seen_of =
      {};  // role -> aliases of its canaries and credentials in the answer

  std::map<std::string, std::vector<LedgerEntry>> ledger = {};  // by component
  std::map<std::string, std::vector<AuditEntry>> audit = {};
  std::map<std::string, std::vector<std::string>> leaks = {};  // place -> aliases of secrets found there
  // Place -> what is there and could not be looked into: no secret seen there proves nothing.
  std::map<std::string, std::vector<std::string>> opaque = {};
  std::map<std::string, int64_t> growth = {};  // "component.what" -> difference
  std::map<std::string, Finding> findings = {};
  // Places that could not be looked into, and why: "ledger jira" -> "connection refused".
  std::map<std::string, std::string> unseen = {};
};

Check Judge(const Expectation& expectation, const Observation& seen);

}  // namespace iff
