// What a system file declares: components, people, targets. Nothing here is started yet.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"

namespace iff {

struct ComponentSpec {
  std::string name = {};
  std::string recipe = {};
  Json options = Json::object();
  // True: a new one for each scenario, so that what it remembers is that scenario's alone. For cheap
  // stand-ins. Default: one for the run.
  bool per_scenario = false;
};

struct PersonSpec {
  std::string role = {};
  std::vector<std::string> groups = {};
  std::vector<std::string> holds = {};  // upstreams
};

// One thing a target can be asked for, in the target's own words: scenarios say `read_own`, each target
// says which tool and arguments that is.
struct Operation {
  std::string tool = {};
  Json arguments = Json::object();  // strings hold {own.X}, {of.X} and {text}
};

// The MCP server under test: launched for one scenario, or given by URL.
struct TargetSpec {
  std::string name = {};
  std::vector<std::string> command = {};  // argv; ours by program name, found beside the iff binary
  std::string url = {};                   // instead of a command
  std::string path = "/mcp";
  std::string ready = "/readyz";          // answers 200 when it is; "" for "the port is open"
  std::string upstream = {};              // whose holdings it hands out
  std::string client = {};                // client people log in through
  std::vector<std::string> tools = {};    // every tool it has; one it lists beside these is a finding
  std::map<std::string, std::string> scopes = {};       // "read" -> "jira:read"
  std::map<std::string, std::string> environment = {};  // values hold ${component.fact}, ${port}, ${directory}
  std::map<std::string, Operation> operations = {};
};

struct System {
  std::string name = {};
  std::string title = {};
  std::string file = {};
  std::vector<ComponentSpec> components = {};
  std::map<std::string, PersonSpec> people = {};
  std::map<std::string, TargetSpec> targets = {};

  const ComponentSpec* FindComponent(const std::string& component) const;
};

// Reports all mistakes at once, each with line, column and caret (kInvalidInput).
Result<System> LoadSystem(const std::string& path);

}  // namespace iff
