// What was seen of one step, at both ends. Values: what is judged, and what is stored so that it can be judged again.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/environment/capabilities.h"
#include "harness/mcp/protocol.h"

namespace iff {

// Where something can be seen, or fail to be.
enum class Place {
  kAnswer,       // of the target
  kLog,          // of the target
  kTargetAudit,  // the target's own audit file
  kUpstream,     // what the ledgers say was presented to them
  kDownstream,   // everything the target sent to any component, read on the wire
  kLedger,       // of one component
  kAuditLog,     // of one component
  kCounts,       // of one component's resources
  kFault,        // whether a fault before one component has met any request
};
inline constexpr std::array<Place, 9> kPlaces = {Place::kAnswer,   Place::kLog,        Place::kTargetAudit,
                                                 Place::kUpstream, Place::kDownstream, Place::kLedger,
                                                 Place::kAuditLog, Place::kCounts,     Place::kFault};
// As scenario files and stored evidence name them: "answer", "far_side", "ledger".
constexpr std::string_view Name(Place place) {
  switch (place) {
    case Place::kAnswer:
      return "answer";
    case Place::kLog:
      return "log";
    case Place::kTargetAudit:
      return "audit";
    case Place::kUpstream:
      return "upstream";
    case Place::kDownstream:
      return "far_side";
    case Place::kLedger:
      return "ledger";
    case Place::kAuditLog:
      return "audit_log";
    case Place::kCounts:
      return "counts";
    case Place::kFault:
      return "fault";
  }
  return "answer";
}
// nullopt: no place has that name.
constexpr std::optional<Place> FindPlace(std::string_view name) {
  for (const Place place : kPlaces) {
    if (Name(place) == name) return place;
  }
  return {};
}

// A place that could not be looked at: nothing seen there proves nothing.
struct NotObservable {
  Place place = Place::kAnswer;
  std::string component = {};  // of kLedger, kAuditLog, kCounts and kFault; else ""
  std::string reason = {};     // "connection refused"
};
// "ledger jira", "audit log vault", "log".
inline std::string PlaceOf(const NotObservable& one) {
  const std::string place(one.place == Place::kAuditLog ? "audit log" : Name(one.place));
  return place + (one.component.empty() ? "" : " " + one.component);
}

// What a probe found out about one question.
struct Finding {
  bool met = false;
  std::string expected = {};
  std::string observed = {};
  std::string could_not = {};     // not empty: it could not be found out, and why
  std::string inapplicable = {};  // not empty: there is nothing to find out, and why
};

// Everything seen during one step, at both ends. Texts are masked already, canaries and the answer's body excepted.
// Every member is in the table of evidence.cc: what is not stored cannot be judged again.
struct Observation {
  // The target's answer; of several, the last. None: `no_response` says why.
  std::optional<McpAnswer> answer = {};
  std::string no_response = {};
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
  // Role -> aliases of its canaries and credentials in the answer.
  std::map<std::string, std::vector<std::string>> seen_of = {};

  std::map<std::string, std::vector<LedgerEntry>> ledger = {};  // by component
  std::map<std::string, std::vector<AuditEntry>> audit = {};
  std::map<Place, std::vector<std::string>> leaks = {};  // aliases of secrets found there; empty: looked at, none found
  // What is there and cannot be inspected, such as encrypted text: no secret seen there proves nothing.
  std::map<Place, std::vector<std::string>> not_inspectable = {};
  std::map<std::string, int64_t> growth = {};  // "component.what" -> difference
  std::map<std::string, Finding> findings = {};
  std::vector<NotObservable> not_observable = {};  // each place of a component once

  // Why it could not be looked at; nullptr if it could, or was not.
  const NotObservable* WhyNot(Place place, std::string_view component = {}) const {
    for (const NotObservable& one : not_observable) {
      if (one.place == place && (component.empty() || one.component == component)) return &one;
    }
    return nullptr;
  }
  // Replaces what was said of that place before.
  void CannotObserve(NotObservable what) {
    for (NotObservable& one : not_observable) {
      if (one.place != what.place || one.component != what.component) continue;
      one.reason = std::move(what.reason);
      return;
    }
    not_observable.push_back(std::move(what));
  }
};

}  // namespace iff
