// What was seen of one step, at both ends. Values: what is judged, and what is stored so that it can be judged again.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/mcp/protocol.h"
#include "harness/run/downstream.h"

namespace iff {

// What a probe found out about one question.
struct Finding {
  bool met = false;
  std::string expected = {};
  std::string observed = {};
  std::string could_not = {};     // not empty: it could not be found out, and why
  std::string inapplicable = {};  // not empty: there is nothing to find out, and why
  int64_t exchange = 0;           // the first that showed it, as Check's
};

template <>
struct JsonFields<Finding> {
  static constexpr auto kFields =
      std::tuple(JsonField{"met", &Finding::met}, JsonField{"expected", &Finding::expected},
                 JsonField{"observed", &Finding::observed}, JsonField{"could_not", &Finding::could_not},
                 JsonField{"inapplicable", &Finding::inapplicable}, JsonField{"exchange", &Finding::exchange, true});
};

// What came of one request: an answer, or why there is none.
struct SendOutcome {
  std::optional<McpAnswer> answer = {};
  std::string silence = {};
  bool timed_out = false;
  bool as_http = false;  // sent by a step `request`
  std::chrono::microseconds took = {};
  int64_t exchange = 0;  // its number in the trace until the next Take
};

// Everything seen during one step, at both ends. Texts are masked already, canaries and the answer's body excepted.
// Every member is in the table below: what is not stored cannot be judged again. What is seen of an answer is a member
// of HttpResponse (harness/net/http.h), not of this.
struct Observation {
  // The target's answer; of several, the last. None: `no_response` says why.
  std::optional<McpAnswer> answer = {};
  std::string no_response = {};
  bool target_died = false;  // its process ended
  bool may_hang_up = false;  // the request was none, and its valid twins were served: an ended connection is an answer
  bool timed_out = false;    // no answer within the patience
  std::chrono::microseconds took = {};
  std::string caller = {};        // persona
  std::string upstream = {};      // of the target
  std::string target = {};        // its name
  std::string asked = {};         // what it was asked for: a tool, or a method
  bool as_http = false;           // asked by a step `request`: an HTTP method and a path
  int64_t exchange = 0;           // that of the answer, as Check's
  std::string shown = {};         // what is wrong with what it was shown, in words; "" if that is not known to be wrong
  std::string twin_refused = {};  // of an attack: why the valid token beside it was refused too, if it was

  std::map<std::string, int64_t> tally = {};  // "succeeded", "429", "silent", ...

  std::map<std::string, std::string> persona_of = {};  // account or principal id -> persona
  std::map<std::string, std::string> canary = {};      // persona -> canary at the target's upstream
  std::vector<std::string> others_seen = {};  // aliases of canaries and credentials, not the caller's, in the answer
  // Persona -> aliases of its canaries and credentials in the answer.
  std::map<std::string, std::vector<std::string>> seen_of = {};

  Downstream downstream = {};
  std::map<Place, std::vector<std::string>> leaks = {};  // aliases of secrets found there; empty: looked at, none found
  // What is there and cannot be inspected, such as encrypted text: no secret seen there proves nothing.
  std::map<Place, std::vector<std::string>> not_inspectable = {};
  std::map<std::string, int64_t> growth = {};  // "component.what" -> difference
  std::map<std::string, Finding> findings = {};
  std::vector<NotObservable> not_observable =
      {};  // each place of a component once; ledgers and audit logs are downstream's

  // Why it could not be looked at; nullptr if it could, or was not.
  const NotObservable* WhyNot(Place place, std::string_view component = {}) const {
    const NotObservable* const why = FindPlace(not_observable, place, component);
    return why != nullptr ? why : FindPlace(downstream.not_observable, place, component);
  }
  // Replaces what was said of that place before.
  void CannotObserve(NotObservable what) { Note(not_observable, std::move(what)); }
};

// `persona_of` and `canary` are not in it: PeopleOf (evidence.h) has the one, and of the other no value is written. A
// row that is added has `true` for its last (omit_empty), as in HttpResponse's.
template <>
struct JsonFields<Observation> {
  static constexpr auto kFields = std::tuple(
      JsonField{"answer", &Observation::answer}, JsonField{"no_response", &Observation::no_response},
      JsonField{"target_died", &Observation::target_died}, JsonField{"may_hang_up", &Observation::may_hang_up},
      JsonField{"timed_out", &Observation::timed_out}, JsonField{"took_us", &Observation::took},
      JsonField{"caller", &Observation::caller}, JsonField{"upstream", &Observation::upstream},
      JsonField{"target", &Observation::target}, JsonField{"asked", &Observation::asked},
      JsonField{"as_http", &Observation::as_http}, JsonField{"exchange", &Observation::exchange, true},
      JsonField{"shown", &Observation::shown}, JsonField{"twin_refused", &Observation::twin_refused},
      JsonField{"tally", &Observation::tally}, JsonField{"others_seen", &Observation::others_seen},
      JsonField{"seen_of", &Observation::seen_of}, JsonField{"downstream", &Observation::downstream},
      JsonField{"leaks", &Observation::leaks}, JsonField{"not_inspectable", &Observation::not_inspectable},
      JsonField{"growth", &Observation::growth}, JsonField{"findings", &Observation::findings},
      JsonField{"not_observable", &Observation::not_observable});
};

}  // namespace iff
