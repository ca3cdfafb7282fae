#include "harness/cli/project_file.h"

#include <algorithm>
#include <sstream>

namespace iff {
namespace {

// As YAML reads it back, whatever is in it.
std::string Q(const std::string& text) { return Dump(Json(text)); }

std::string List(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + Q(word);
  return "[" + text + "]";
}

std::vector<std::string> ScopesOf(const ServerFacts& facts) {
  return facts.scopes.empty() ? std::vector<std::string>{"mcp:use"} : facts.scopes;
}

void WriteHead(const ServerFacts& facts, std::ostream& out) {
  out << "# A project file of iff, written by 'iff init'. 'iff run' in this folder judges the server it describes.\n"
         "# What says GUESS was not told by the server: look at it. All words: systems/system.schema.json of iff.\n";
  for (const std::string& note : facts.notes) out << "# NOTE: " << note << "\n";
  out << "system: " << Q(facts.name) << "\n\n";
}

void WritePeople(std::ostream& out) {
  out << "# Roles that scenarios give; each scenario makes people of its own.\n"
         "people:\n"
         "  alice: {groups: [user], holds: [things]}\n"
         "  bob: {groups: [user], holds: [things]}\n"
         "  carol: {groups: [user], holds: [things]}\n"
         "  mallory: {groups: [user], holds: []}\n\n";
}

void WriteIssuer(const ServerFacts& facts, std::ostream& out) {
  out << "components:\n"
         "  # The issuer people log in at, brought up for each run. The server has to believe its tokens: see environment below.\n"
         "  keycloak:\n"
         "    recipe: keycloak\n"
         "    options:\n"
         "      realm: iff\n"
         "      clients:\n"
         "        - {id: people, kind: confidential, grants: [password]}   # through which they log in\n"
         "        - {id: mcp-server, kind: bearer_only}                    # whom their tokens are for\n"
         "        - {id: other-client, kind: confidential, grants: [password, client_credentials]}\n"
         "      scopes:   # "
      << (facts.scopes.empty() ? "GUESS: the server names none" : "as the server asks for them") << "\n";
  for (const std::string& scope : ScopesOf(facts)) {
    out << "        - {name: " << Q(scope) << ", audience: mcp-server}\n";
  }
  out << "      roles: [user]\n\n";
}

void WriteLogin(const ServerFacts& facts, std::ostream& out) {
  out << "    client: people\n"
         "    scopes:\n";
  size_t number = 0;
  for (const std::string& scope : ScopesOf(facts)) {
    ++number;
    out << "      " << Q(number == 1 ? "use" : "use" + std::to_string(number)) << ": " << Q(scope) << "\n";
  }
}

void WriteEnvironment(const ServerFacts& facts, std::ostream& out) {
  out << "    # Nothing else is inherited but PATH; HOME and TMPDIR are a folder of the scenario's own.\n"
      << (facts.environment_told ? "    # The names stand in the program.\n"
                                 : "    # GUESS: usual names. Put in those the server reads.\n")
      << "    environment:\n";
  for (const auto& [name, value] : facts.environment) {
    if (value.empty()) {
      out << "      # " << name << ": \"\"   # the program reads it; its name does not say what for\n";
    } else {
      out << "      " << name << ": " << Q(value) << "\n";
    }
  }
  bool any = false;
  for (const auto& [name, value] : facts.environment) any = any || !value.empty();
  if (!any) out << "      IFF: \"1\"\n";
}

void WriteOperations(const ServerFacts& facts, std::ostream& out) {
  out << "    # What scenarios ask for, in this server's words. {own.X} is of the caller, {of.X} of whom is asked about: id,\n"
         "    # name, account, and what an operation `gives`. {text} is free; people's canaries come in through it.\n";
  if (facts.tools.is_null()) out << "    # The server was not asked for its tools: that takes a token it believes.\n";
  if (facts.operations.empty()) {
    out << "    # operations:\n"
           "    #   create: {tool: create_note, arguments: {text: \"{text}\"}, gives: {thing: /id}}\n"
           "    #   read_own: {tool: get_note, arguments: {id: \"{own.thing}\"}}\n"
           "    #   read_of: {tool: get_note, arguments: {id: \"{of.thing}\"}}\n"
           "    #   list: {tool: list_notes, arguments: {}}\n"
           "    #   whoami: {tool: whoami, arguments: {}}\n";
    return;
  }
  out << "    operations:\n";
  for (const GuessedOperation& one : facts.operations) {
    out << "      " << one.name << ":   # GUESS: " << one.why << "\n"
        << "        tool: " << Q(one.operation.tool) << "\n"
        << "        arguments: " << Dump(one.operation.arguments) << "\n";
    if (one.name == "create" && !facts.id.empty()) {
      out << "        gives: {thing: " << Q(facts.id) << "}   # " << (facts.id_told ? "it was there when one was made" : "GUESS")
          << "\n";
    }
  }
}

}  // namespace

bool TakesKeys(const ServerFacts& facts) {
  if (facts.transport != Transport::kStdio) return false;
  return std::none_of(facts.environment.begin(), facts.environment.end(),
                      [](const auto& one) { return one.second.find("${keycloak.") != std::string::npos; });
}

std::string ProjectText(const ServerFacts& facts) {
  std::ostringstream out;
  WriteHead(facts, out);
  if (!TakesKeys(facts)) WriteIssuer(facts, out);
  WritePeople(out);
  out << "targets:\n  server:\n";
  if (facts.url.empty()) {
    out << "    command: [sh, -c, " << Q("cd \"${here}\" && exec " + facts.command) << "]\n";
  } else {
    out << "    # It runs already: nothing can be put between it and what it stands on, and it has to believe the issuer\n"
           "    # above. With command: and environment: in place of url: iff starts it anew for each scenario.\n"
           "    url: "
        << Q(facts.url) << "\n";
  }
  const bool stdio = facts.transport == Transport::kStdio;
  if (facts.transport != Transport::kHttp) {
    out << "    transport: " << Name(facts.transport)
        << (stdio ? "     # a process for each person, started with what is theirs: ${credential}\n" : "       # of 2024-11-05\n");
  }
  if (!stdio) out << "    path: " << Q(facts.path) << "\n";
  if (facts.url.empty() && !stdio) out << "    ready: \"\"   # as soon as its port is open; or a path that answers 200\n";
  if (facts.revisions.empty()) {
    std::vector<std::string> all = {"2026-07-28", "2025-11-25", "2025-06-18"};
    if (facts.transport != Transport::kHttp) all.emplace_back("2024-11-05");
    if (facts.transport == Transport::kSse) all.erase(all.begin());
    out << "    # GUESS: all of them. The first is used where a scenario names none.\n"
           "    revisions: "
        << List(all) << "\n";
  } else {
    out << "    revisions: " << List(facts.revisions) << "   # as it spoke them; the first is used where a scenario names none\n";
  }
  out << "    strict: false     # true: hold it also to what no clause demands\n";
  if (TakesKeys(facts)) {
    out << "    # Without a client to log in through, everybody has a key; ${keys} is a file of all keys and whose they are.\n";
  } else {
    WriteLogin(facts, out);
  }
  bool plants = false;
  bool reads = false;
  for (const GuessedOperation& one : facts.operations) {
    plants = plants || (one.name == "create" && !facts.id.empty());
    reads = reads || one.name == "read_own";
  }
  if (plants && reads) {
    out << "    upstream: things     # what people hold here; the server keeps it itself,\n"
           "    planted_by: create   # and everybody's canary comes in through this operation\n";
  } else {
    out << "    # upstream: things     # without an operation that makes a thing and one that reads it again, nobody can tell\n"
           "    # planted_by: create   # whether people are kept apart: name them below, and take these two in\n";
  }
  if (facts.tools.is_array()) {
    std::vector<std::string> names;
    for (const Json& tool : facts.tools) names.push_back(AtOr<std::string>(tool, "/name", ""));
    out << "    tools: " << List(names) << "\n";
  }
  if (facts.url.empty()) WriteEnvironment(facts, out);
  WriteOperations(facts, out);
  return out.str();
}

}  // namespace iff
