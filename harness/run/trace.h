// What crossed the wire, masked when it was captured: nothing in here is a secret.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/json.h"
#include "harness/run/downstream.h"

namespace iff {

// One request with its answer, as one of our sides saw it.
struct Exchange {
  std::string lane = {};        // who answered: "jira" (the target), "keycloak", ...
  std::string actor = {};       // persona as which it was sent: "alice"; "" for nobody
  std::string credential = {};  // alias of what was presented: "alice.token#1"
  std::string title = {};       // "tools/call get_issue"
  int64_t started_us = 0;       // microseconds since the scenario began
  int64_t took_us = 0;
  std::string method = {};
  std::string target = {};
  std::vector<std::pair<std::string, std::string>> request_headers = {};
  std::string request_body = {};
  int status = 0;  // 0: no answer came
  std::vector<std::pair<std::string, std::string>> response_headers = {};
  std::string response_body = {};
  std::string failure = {};  // why there was no answer
  bool as_http = false;      // sent by a step `request`: any HTTP, not a message of the protocol that iff wrote
  Json token = {};           // header and claims of the token presented, decoded; null if none
};

struct Trace {
  std::vector<Exchange> exchanges = {};
  Downstream downstream = {};
};

}  // namespace iff
