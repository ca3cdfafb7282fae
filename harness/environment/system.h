// What a system file declares: components, principals, targets. Nothing here is started yet.
#pragma once

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/mcp/protocol.h"
#include "harness/mcp/wire.h"

namespace iff {

struct ComponentSpec {
  std::string name = {};
  std::string driver = {};
  Json options = Json::object();
  // True: a new one for each scenario, so that what it remembers is that scenario's alone. For cheap
  // stand-ins. Default: one for the run.
  bool per_scenario = false;
  // How it is to be wrong, on purpose; "": not at all. No file and no option says it: only a mutant does.
  std::string misconfiguration = {};
};

struct PersonSpec {
  std::string persona = {};
  std::vector<std::string> groups = {};
  std::vector<std::string> holds = {};  // upstreams
};

// One thing a target can be asked for, in the target's own words: scenarios say `read_own`, each target
// says which tool and arguments that is.
struct Operation {
  std::string tool = {};
  int line = 0;                     // in the file
  Json arguments = Json::object();  // strings hold {own.X}, {of.X} and {text}
  // What later operations call {own.X} or {of.X}: X -> pointer into what the tool answers.
  std::map<std::string, std::string> captures = {};

  // ---- what the authorization matrix expects of it
  // "tools/call"; "resources/read", with a URI in place of the tool's name; "prompts/get".
  std::string method = "tools/call";
  // Whoever is meant by {of.X}, if nobody is: themselves ("owner"); "everybody", "nobody", or groups.
  std::vector<std::string> allowed = {"owner"};
  bool discloses =
      false;  // what is private to the owner is in the answer; false: that it succeeds is all that can be seen
  std::string scope = {};  // the use among `scopes` without which it is refused; "": none
  bool hidden = false;     // without that scope it is not listed either
  bool challenged = true;  // that refusal is 403 with insufficient_scope; false: any
  // It changes what it names. Whom it obeys is seen by what the owner reads afterwards, of a thing made for the
  // question.
  bool changes = false;
  bool shows_nothing = false;  // the file says so: `discloses: false`

  bool AsksAboutOthers() const;  // {of.X} is among its arguments
};

// A call that goes on only after its client answered a question.
struct AskingCall {
  std::string tool = {};
  int line = 0;                     // in the file
  Json arguments = Json::object();  // as an operation's
  bool once = false;                // its state is good once
};

// The MCP server under test: launched for one scenario, or given by URL. What it cannot do, or is not told of here,
// makes checks inapplicable that are about it.
struct TargetSpec {
  std::string name = {};
  int line = 0;  // in the file
  // argv; ours by program name, found beside the iff binary. Holds what `environment` may hold.
  std::vector<std::string> command = {};
  std::string url = {};  // instead of a command
  // stdio: a process for each person, started with what is theirs: ${credential} in command or environment.
  Transport transport = Transport::kHttp;
  std::string path = "/mcp";
  // Where a server over Streamable HTTP opens streams of HTTP+SSE (2024-11-05) as well; "": nowhere.
  std::string sse = {};
  // Processes of it, behind a load balancer that sends each request to the next of them. ${port}, ${directory} and
  // ${replica} (1 for the first) are each one's own; ${first_port}, the first one's, stands for all of them.
  int64_t replicas = 1;
  std::string ready = "/readyz";  // answers 200 when it is; "" for "the port is open"
  int stop_signal = SIGTERM;      // how it is asked to end, and for how long it is waited
  std::chrono::milliseconds stop_within = std::chrono::seconds(5);
  std::string upstream = {};                       // whose accounts it hands out
  std::string client = {};                         // client people log in through
  std::string issuer = {};                         // component whose tokens it takes; "": the only one that issues any
  std::vector<std::string> tools = {};             // every tool it has; one it lists beside these is a finding
  std::map<std::string, std::string> scopes = {};  // "read" -> "jira:read"
  // Values hold ${component.output}, ${port}, ${directory}, ${here} (the system file's folder) and ${tools}.
  std::map<std::string, std::string> environment = {};
  std::map<std::string, Operation> operations = {};
  // What the authorization matrix asks for besides; by names of their own.
  std::map<std::string, Operation> resources = {};
  std::map<std::string, Operation> prompts = {};
  // Calls that it answers with a question to the person (MCP 2026-07-28, multi round-trip requests). Without any, those
  // of `operations` that change nothing are tried.
  std::map<std::string, AskingCall> asks_back = {};
  // Arguments that its tools want in fields of the request as well.
  ParameterFields mirrors = {};
  // Tools, resources and prompts it leaves out, and why.
  std::map<std::string, std::string> not_asked = {};
  // Claims (scenarios/claims.yaml) that a run need not try here, and why that is well.
  std::map<std::string, std::string> accepts = {};
  // Protocol revisions it speaks, "plain" for JSON-RPC over POST without a handshake; the first is used where a
  // scenario names none.
  std::vector<std::string> revisions = {"2026-07-28", "2025-11-25", "2025-06-18"};
  // True: it claims more than the clauses demand, and is held to it.
  bool strict = false;
  // An operation through which everybody's things come to be, for a server that keeps them itself: each person's
  // canary at `upstream` is what it is told as {text}.
  std::string seed_with = {};
  std::map<std::string, std::string> settings = {};  // what scenarios may set -> its environment variable
  // Words that scenarios set some of them to -> what the variable then is; holds what `environment` may. A setting that
  // is here takes no other word.
  std::map<std::string, std::map<std::string, std::string>> setting_words = {};
  std::string audit = {};             // its audit trail, if it keeps one; holds what `environment` may
  std::set<std::string> errors = {};  // codes its tools' failures carry, of those scenarios ask for

  // For a server that takes no tokens: everybody has a key of their own, shown in this header ("Authorization": as a
  // Bearer token). It is told of them through ${keys}, a JSON file of key and account, or ${key}, that of the first.
  std::string key_header = {};
  // Variables that make it speak TLS and ask for certificates, over those of `environment`, where a scenario wants
  // that; empty: nobody can.
  std::map<std::string, std::string> tls = {};

  // Both take tokens of an issuer, and not the same ones: those of the one are not meant for the other.
  bool TakesOtherTokensThan(const TargetSpec& other) const;
  // True: people have keys; false: tokens of an issuer, got through `client`.
  bool TakesKeys() const { return !key_header.empty() || (transport == Transport::kStdio && client.empty()); }
  bool Speaks(const std::string& revision) const {
    return std::find(revisions.begin(), revisions.end(), revision) != revisions.end();
  }
};

struct System {
  std::string name = {};
  std::string title = {};
  std::string file = {};
  std::string folder = {};  // of the file, absolute
  std::vector<ComponentSpec> components = {};
  std::map<std::string, PersonSpec> people = {};
  std::map<std::string, TargetSpec> targets = {};

  const ComponentSpec* FindComponent(const std::string& component) const;
  // As the file lists them; the first is the one that is meant where nobody says which.
  std::vector<const TargetSpec*> TargetsInOrder() const;
  // The next target after `target`, in that order and around it, whose people log in for other tokens: from another
  // issuer, or with other scopes. nullptr: there is none, or `target` takes no tokens of an issuer.
  const TargetSpec* AnotherBeside(const std::string& target) const;
};

// Reports all mistakes at once, each with line, column and caret (kInvalidInput).
Result<System> LoadSystem(const std::string& path);

}  // namespace iff
