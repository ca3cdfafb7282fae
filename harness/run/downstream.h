// What was seen behind the target while a step ran: what its mocks were asked, what its secret store recorded, and
// where nobody could look. One shape, from the moment it is read to reports and recordings; texts are masked when it is
// read.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/json_fields.h"

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

// The first of them that is about the place, of any component where none is named; nullptr: none.
inline const NotObservable* FindPlace(const std::vector<NotObservable>& all, Place place, std::string_view component) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const NotObservable& one) {
    return one.place == place && (component.empty() || one.component == component);
  });
  return found == all.end() ? nullptr : &*found;
}
// Each place of a component once: replaces what was said of it before.
inline void Note(std::vector<NotObservable>& all, NotObservable what) {
  for (NotObservable& one : all) {
    if (one.place != what.place || one.component != what.component) continue;
    one.reason = std::move(what.reason);
    return;
  }
  all.push_back(std::move(what));
}

// Where what was seen can be read: a component's ledger or audit log.
struct DownstreamSource {
  Place place = Place::kLedger;  // or kAuditLog
  std::string component = {};    // "jira", "vault"

  bool operator==(const DownstreamSource&) const = default;
  auto operator<=>(const DownstreamSource&) const = default;
};
// "ledger", "audit".
constexpr std::string_view SourceKind(Place place) { return place == Place::kLedger ? "ledger" : "audit"; }
// "jira ledger", "vault audit".
inline std::string SourceName(const DownstreamSource& source) {
  return source.component + " " + std::string(SourceKind(source.place));
}

// What was done, without what is new each time it is done.
struct DownstreamAct {
  DownstreamSource source = {};
  std::string persona = {};                 // as which it was done; the account or id of a stranger; "" for nobody
  std::string action = {};                  // "GET"; "login", "read"
  std::string object = {};                  // "/rest/api/3/issue/AL-1"; "auth/jwt/login"
  std::optional<int> status = {};           // of a request
  std::optional<bool> allowed = {};         // of a record
  std::vector<std::string> discloses = {};  // accounts whose private items the answer carried
};
// "GET /rest/api/3/issue/AL-1 -> 200", "read secret/x -> denied".
inline std::string TextOf(const DownstreamAct& act) {
  std::string text = act.action + " " + act.object;
  if (act.status) text += " -> " + std::to_string(*act.status);
  if (act.allowed) text += *act.allowed ? " -> allowed" : " -> denied";
  return text;
}

struct DownstreamEvent {
  DownstreamAct act = {};
  std::string account = {};      // or id of the principal, as the component names them
  std::string fingerprint = {};  // of the credential that was presented, Secret::Fingerprint; "" if it says none
  Json taken_for = {};           // of a record: what the store took the caller for; null otherwise
  int64_t at_us = 0;             // microseconds since the scenario began
  bool timed = false;            // at_us is when it happened, not when it was read
};

struct Downstream {
  std::vector<DownstreamSource> observed = {};  // were read, whether or not anything was there
  std::vector<DownstreamEvent> events = {};     // by source, each in its own order
  std::vector<NotObservable> not_observable = {};

  bool Observed(Place place, std::string_view component) const {
    return std::any_of(observed.begin(), observed.end(),
                       [&](const DownstreamSource& one) { return one.place == place && one.component == component; });
  }
  void Add(const Downstream& more) {
    for (const DownstreamSource& one : more.observed) {
      if (!Observed(one.place, one.component)) observed.push_back(one);
    }
    events.insert(events.end(), more.events.begin(), more.events.end());
    for (const NotObservable& one : more.not_observable) Note(not_observable, one);
  }
};

// ---- stored form: the same in evidence, results and recordings

template <>
struct JsonEnum<Place> {
  static constexpr auto kAll = kPlaces;
};
template <>
struct JsonFields<NotObservable> {
  static constexpr auto kFields =
      std::tuple(JsonField{"place", &NotObservable::place}, JsonField{"component", &NotObservable::component},
                 JsonField{"reason", &NotObservable::reason});
};
static_assert(kAllInTable<NotObservable>);
template <>
struct JsonFields<DownstreamSource> {
  static constexpr auto kFields =
      std::tuple(JsonField{"place", &DownstreamSource::place}, JsonField{"component", &DownstreamSource::component});
};
static_assert(kAllInTable<DownstreamSource>);
template <>
struct JsonFields<DownstreamAct> {
  static constexpr auto kFields =
      std::tuple(JsonField{"source", &DownstreamAct::source}, JsonField{"persona", &DownstreamAct::persona},
                 JsonField{"action", &DownstreamAct::action}, JsonField{"object", &DownstreamAct::object},
                 JsonField{"status", &DownstreamAct::status, true}, JsonField{"allowed", &DownstreamAct::allowed, true},
                 JsonField{"discloses", &DownstreamAct::discloses});
};
static_assert(kAllInTable<DownstreamAct>);
template <>
struct JsonFields<DownstreamEvent> {
  static constexpr auto kFields = std::tuple(
      JsonField{"act", &DownstreamEvent::act}, JsonField{"account", &DownstreamEvent::account},
      JsonField{"fingerprint", &DownstreamEvent::fingerprint}, JsonField{"taken_for", &DownstreamEvent::taken_for},
      JsonField{"at_us", &DownstreamEvent::at_us}, JsonField{"timed", &DownstreamEvent::timed});
};
static_assert(kAllInTable<DownstreamEvent>);
template <>
struct JsonFields<Downstream> {
  static constexpr auto kFields =
      std::tuple(JsonField{"observed", &Downstream::observed}, JsonField{"events", &Downstream::events},
                 JsonField{"not_observable", &Downstream::not_observable});
};
static_assert(kAllInTable<Downstream>);

}  // namespace iff
