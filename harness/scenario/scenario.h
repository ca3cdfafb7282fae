// The test as data: steps taken as somebody, and what should be seen after each at both ends.
// docs/scenario-format.md describes the files; this is what they become.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/conditions/all.h"
#include "harness/core/json.h"
#include "harness/steps/all.h"

namespace iff {

// What an expectation asks is a condition, one of a closed set: harness/conditions/all.h.
struct Expectation {
  std::string check = {};  // id, the same whether it is met or not
  bool must = true;        // level: must or should
  std::string clause = {};
  Condition condition = {};
  int line = 0;
  // No clause demands it: only who claims to be strict is held to it.
  bool strict = false;
};

// ---- steps: a closed set, harness/steps/all.h -----------------------------------------------

struct Step {
  Action action = {};
  std::string at = {};  // the target it goes to, of those beside; "": the scenario's own
  std::string label = {};
  std::vector<Expectation> expect = {};
  int line = 0;
};

struct GivenPrincipal {
  std::string persona = {};
  std::string person = {};  // in the system file; the same as the persona unless there are several of a kind
  std::optional<std::vector<std::string>> holds = {};  // default: as the system file says
};

struct Scenario {
  std::string id = {};     // "lifetime/expired-token@jira"
  std::string suite = {};  // "lifetime"
  std::string title = {};
  std::string target = {};  // "jira"; "" for none
  // Further targets, brought up with it, to which steps may go. "another" where the system has none that could be
  // meant.
  std::vector<std::string> beside = {};
  std::string file = {};
  std::vector<std::string> tags = {};
  // Runs alone: it disturbs something every scenario shares.
  bool exclusive = false;
  std::vector<GivenPrincipal> principals = {};
  std::map<std::string, std::string> settings = {};  // by the names the system file gives them
  bool tls = false;                                  // the target speaks TLS, and everybody has a client certificate
  std::map<std::string, std::string> relaxed = {};   // the same; left out where the target does not know them
  std::vector<Step> steps = {};
  // As it stood in the file, for this target alone; null if it was not read from one.
  Json source = {};

  // Its own, and then those beside.
  std::vector<std::string> AllTargets() const {
    std::vector<std::string> names = {target};
    names.insert(names.end(), beside.begin(), beside.end());
    return names;
  }
};

struct Suite {
  std::string name = {};
  std::string claim = {};  // first lines of its README
  std::vector<Scenario> scenarios = {};
};

}  // namespace iff
