// What a run would send to whom, told from the files alone: nothing is started and nothing sent. The same functions say
// what applies (applies.h) and what needs a target of its own (needs.h) as when it is played, so a run plays nothing
// that is not here; it may play less, where only the running target shows that something cannot be asked of it. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/environment/component.h"
#include "harness/environment/system.h"
#include "harness/run/probe.h"
#include "harness/scenario/scenario.h"

namespace iff {

struct PlannedStep {
  std::string says = {};     // "alice calls get_note {"id": "{own.thing}"}"
  std::string to = {};       // target or component; "": nobody is asked
  int64_t requests = 0;      // about
  std::string skipped = {};  // why it is not played; "": it is
};

struct PlannedScenario {
  std::string id = {};
  std::string title = {};
  std::string target = {};
  std::vector<std::string> principals = {};  // "alice, who holds jira"
  bool own_people = false;                   // made for it alone
  bool own_target = false;                   // started for it alone
  bool alone = false;                        // nothing else plays meanwhile
  std::vector<std::string> gates = {};       // components that can be disturbed on the way
  std::vector<PlannedStep> steps = {};

  std::map<std::string, int64_t> Requests() const;  // about, by who gets them
};

struct PlannedComponent {
  std::string name = {};
  std::string driver = {};
  std::string is = {};     // "issuer", "secret store", "database", "upstream jira"; "": none of these
  std::string lasts = {};  // "started for the run", "started for each scenario", "runs already"
};

struct PlannedTarget {
  std::string name = {};
  std::string is = {};  // "launched: iff-mcp-jira", "runs already at http://..."
  bool launched = false;
  std::string people_at = {};  // where principals are made
};

struct Plan {
  std::string system = {};
  std::vector<PlannedComponent> components = {};
  std::vector<PlannedTarget> targets = {};                        // of which something is asked
  std::vector<PlannedScenario> scenarios = {};                    // in the order of the files
  std::map<std::string, std::vector<std::string>> left_out = {};  // why -> ids

  std::map<std::string, int64_t> Requests() const;  // of all
};

struct PlanSurroundings {
  const DriverRegistry& driver_registry;
  const System& system;
  const ProbeSet& probes;
  std::string mutant = {};     // launched in place of the targets' own programs
  bool attached = false;       // others started the components
  bool fresh_targets = false;  // a target for each scenario, even where a running one would do
};
Plan MakePlan(const std::vector<Scenario>& scenarios, const PlanSurroundings& around);

// By target: what is sent in each scenario; then what is not played, a line for each reason; then the sum. Short: no
// steps.
std::string PlanText(const Plan& plan, bool brief);
Json PlanJson(const Plan& plan);

}  // namespace iff
