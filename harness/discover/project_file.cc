#include "harness/discover/project_file.h"

#include <algorithm>
#include <set>
#include <utility>

#include "harness/core/yaml_page.h"

namespace iff {
namespace {

using Comment = YamlPage::Comment;
using Key = YamlPage::Key;
using Literal = YamlPage::Literal;
using Value = YamlPage::Value;

// Some variable is set to it.
bool Mentions(const ServerFacts& facts, const std::string& part) {
  return std::any_of(facts.environment.begin(), facts.environment.end(),
                     [&](const auto& one) { return one.second.find(part) != std::string::npos; });
}

std::vector<std::string> ScopesOf(const ServerFacts& facts) {
  return facts.scopes.empty() ? std::vector<std::string>{"mcp:use"} : facts.scopes;
}

void WriteHead(const ServerFacts& facts, YamlPage& out) {
  out << "# A project file of iff, written by 'iff init'. 'iff run' in this folder judges the server it describes.\n"
         "# What says GUESS was not told by the server: look at it. What says BY HAND nobody but you knows. Lines that "
         "begin\n"
         "# with '#:' belong together: without these two characters they count. All words: systems/system.schema.json "
         "of iff.\n";
  for (const std::string& note : facts.notes) out << Comment("NOTE: " + note);
  out << "system: " << Value(facts.name) << "\n\n";
}

void WritePeople(const ServerFacts& facts, YamlPage& out) {
  out << "# Personas that scenarios name; each scenario makes principals of its own.\n"
         "principals:\n";
  for (const PersonSpec& person : facts.people) {
    out << "  " << Key(person.persona) << ": " << Value(Json{{"groups", person.groups}, {"holds", person.holds}})
        << "\n";
  }
  out << "\n";
}

// Components that its variables speak of besides an issuer, and "upstream".
std::set<std::string> SpokenOf(const ServerFacts& facts) {
  std::set<std::string> components;
  for (const auto& [name, value] : facts.environment) {
    if (value.empty()) components.insert(GuessLaterValue(name, facts.hints).component);
  }
  return components;
}

// Some variable is set to something the issuer publishes.
bool MentionsIssuer(const ServerFacts& facts) { return Mentions(facts, "${" + IssuerIn(facts.hints) + "."); }

bool NeedsIssuer(const ServerFacts& facts, const std::string& component) {
  return std::any_of(facts.hints.begin(), facts.hints.end(),
                     [&](const InitHints& one) { return one.needs_issuer && one.component == component; });
}

// Blocks to be taken in, where its variables speak of what drivers can bring up.
void WriteLater(const ServerFacts& facts, YamlPage& out) {
  const InitQuestion question{.issuer = IssuerIn(facts.hints), .spoken_of = SpokenOf(facts)};
  const bool keys = TakesKeys(facts);
  bool any = false;
  for (const InitHints& one : facts.hints) {
    // Who comes to one that needs an issuer is known by it.
    if (!one.block || one.issuer || !question.spoken_of.contains(one.component) || (keys && one.needs_issuer)) continue;
    if (!std::exchange(any, true)) {
      out << "  # Its variables speak of what it stands on. Take this in together with the lines under environment "
             "below.\n";
      if (keys) out << "#:components:\n";
    }
    one.block(question, out);
  }
  if (keys) out << "\n";
}

void WriteIssuer(const ServerFacts& facts, YamlPage& out) {
  const InitQuestion question{.issuer = IssuerIn(facts.hints),
                              .spoken_of = SpokenOf(facts),
                              .scopes = ScopesOf(facts),
                              .scopes_guessed = facts.scopes.empty(),
                              .more_clients = [&](YamlPage& page) {
                                for (const InitHints& one : facts.hints) {
                                  if (one.clients && SpokenOf(facts).contains(one.component))
                                    one.clients(IssuerIn(facts.hints), page);
                                }
                              }};
  out << "components:\n";
  for (const InitHints& one : facts.hints) {
    if (!one.issuer || !one.block) continue;
    one.block(question, out);
    break;
  }
  WriteLater(facts, out);
  out << "\n";
}

void WriteLogin(const ServerFacts& facts, YamlPage& out) {
  out << "    client: people\n"
         "    scopes:\n";
  size_t number = 0;
  for (const std::string& scope : ScopesOf(facts)) {
    ++number;
    out << "      " << Key(number == 1 ? "use" : "use" + std::to_string(number)) << ": " << Value(scope) << "\n";
  }
}

void WriteEnvironment(const ServerFacts& facts, YamlPage& out) {
  out << "    # Nothing else is inherited but PATH; HOME and TMPDIR are a folder of the scenario's own.\n"
      << (facts.environment_told ? Literal("    # The names stand in the program.\n")
                                 : Literal("    # GUESS: usual names. Put in those the server reads.\n"))
      << "    environment:\n";
  for (const auto& [name, value] : facts.environment) {
    const LaterValue later = value.empty() ? GuessLaterValue(name, facts.hints) : LaterValue();
    if (!later.value.empty() && (!TakesKeys(facts) || !NeedsIssuer(facts, later.component))) {
      out << "#:      " << Key(name) << ": " << Value(later.value)
          << Comment("GUESS: of the " + later.component + " above");
    } else if (!later.component.empty()) {
      out << "      "
          << Comment(name + ": \"\"   # BY HAND: the address of what it asks; nothing here stands in for it");
    } else if (value.empty()) {
      out << "      " << Comment(name + ": \"\"   # BY HAND: the program reads it; its name does not say what for");
    } else {
      out << "      " << Key(name) << ": " << Value(value) << "\n";
    }
  }
  bool any = false;
  for (const auto& [name, value] : facts.environment) any = any || !value.empty();
  if (!any) out << "      IFF: \"1\"\n";
}

// Its challenge names one scope, and none of those that only say what a login tells: a token without it is to be
// refused. Scopes that the metadata alone names may be asked for by some operations and not by others.
bool NeedsOneScope(const ServerFacts& facts) {
  static const std::set<std::string> kOfLogins = {"openid", "profile", "email", "offline_access", "roles"};
  if (TakesKeys(facts) || facts.transport == Transport::kStdio) return false;
  return facts.scopes_needed && facts.scopes.size() == 1 && !kOfLogins.contains(facts.scopes.front());
}

void WriteOperations(const ServerFacts& facts, YamlPage& out) {
  out << "    # What scenarios ask for, in this server's words. {own.X} is of the caller, {of.X} of whom is asked "
         "about: id,\n"
         "    # name, account, and what an operation `captures`. {text} is free; people's canaries come in through "
         "it.\n";
  if (facts.tools.is_null()) out << "    # The server was not asked for its tools: that takes a token it believes.\n";
  if (facts.operations.empty()) {
    out << "    # operations:\n"
           "    #   create: {tool: create_note, arguments: {text: \"{text}\"}, captures: {thing: /id}}\n"
           "    #   read_own: {tool: get_note, arguments: {id: \"{own.thing}\"}}\n"
           "    #   read_of: {tool: get_note, arguments: {id: \"{of.thing}\"}}\n"
           "    #   list: {tool: list_notes, arguments: {}}\n"
           "    #   whoami: {tool: whoami, arguments: {}}\n";
    return;
  }
  const bool needs_scope = NeedsOneScope(facts);
  out << "    operations:\n";
  for (const GuessedOperation& one : facts.operations) {
    out << "      " << Key(one.name) << ":" << Comment("GUESS: " + one.why)  //
        << "        tool: " << Value(one.operation.tool) << "\n"
        << "        arguments: " << Value(one.operation.arguments) << "\n";
    if (needs_scope)
      out << "        scope: use\n"
             "        without_scope: [deny]"
          << Comment("its challenge names this scope; step-up: by 403 with insufficient_scope");
    if (one.name == "create" && !facts.id.empty()) {
      out << "        captures: " << Value(Json{{"thing", facts.id}})
          << Comment(facts.id_told ? "it was there when one was made" : "GUESS");
    }
  }
}

// Without entries whose names are too long for a key: the file could not be read again (YamlLimits::key).
ServerFacts WithNamesThatFit(ServerFacts facts) {
  constexpr size_t kLongest = 16000;
  const auto is_too_long = [](const auto& one) { return one.name.size() > kLongest; };
  std::erase_if(facts.resources, is_too_long);
  std::erase_if(facts.prompts, is_too_long);
  std::erase_if(facts.left_out, is_too_long);
  return facts;
}

void WriteEntries(Literal kind, Literal named_by, const std::vector<GuessedOperation>& entries, YamlPage& out) {
  if (entries.empty()) return;
  out << "    " << kind << ":\n";
  for (const GuessedOperation& one : entries) {
    out << "      " << Key(one.name) << ":" << Comment("GUESS: " + one.why + "; it answered")  //
        << "        " << named_by << ": " << Value(one.operation.tool) << "\n";
    if (named_by.text() == "prompt") out << "        arguments: " << Value(one.operation.arguments) << "\n";
    if (one.operation.discloses)
      out << "        discloses: true   # what was written into the thing stood in the answer\n";
  }
}

void WriteLeftOut(const ServerFacts& facts, YamlPage& out) {
  if (facts.left_out.empty()) return;
  out << "    # BY HAND: what nobody could guess how to ask for. The authorization matrix leaves it out, so it is not "
         "known whom it\n"
         "    # answers: move it to what is said behind it, with {own.thing}, {of.thing} or {text} where the points "
         "are.\n"
         "    # changes: true is for what changes or deletes {of.thing}: it is asked of things that are made for it.\n"
         "    not_asked:\n";
  std::set<std::string> named;  // a tool and a prompt may share a name
  for (const LeftOut& one : facts.left_out) {
    out << "      ";
    if (named.insert(one.name).second) out << Key(one.name) << ": init could not guess how";
    out << Comment(one.kind + ": a_name: " + one.entry);
  }
}

void WriteKeys(const ServerFacts& facts, YamlPage& out) {
  if (facts.transport == Transport::kStdio) {
    out << "    # Without a client to log in through, everybody has a key; ${keys} is a file of all keys and whose "
           "they are.\n";
    return;
  }
  out << "    # It takes keys and no tokens, so no issuer is brought up. Everybody has a key of their own, shown in "
         "this header;\n"
         "    # 'Authorization' means: as a Bearer token.\n"
         "    key_header: "
      << Value(facts.key_header) << Comment(facts.key_header_why);
  const bool told = Mentions(facts, "${keys}");
  if (!facts.url.empty()) {
    out << "    # BY HAND: a server that runs already knows none of the keys made here. Start it from here, with "
           "command: and\n"
           "    # environment: in place of url:, and tell it of them by ${keys}, a JSON file {key: account}.\n";
  } else if (told) {
    out << "    # The server is told of all keys by ${keys}, a JSON file {key: account}. BY HAND: if it reads another "
           "form, let the\n"
           "    # command make that of it.\n";
  } else {
    out << "    # BY HAND: it is told of one key, that of whoever comes first; for it to know several people, name the "
           "variable\n"
           "    # under environment that says where its keys are: ${keys}, a JSON file {key: account}.\n";
  }
}

void TakeKeys(ServerFacts& facts, const std::string& header, const std::string& why) {
  facts.key_header = header;
  facts.key_header_why = why;
  // Metadata are of servers that have an issuer.
  std::erase_if(facts.notes, [](const std::string& note) { return note.find("RFC 9728") != std::string::npos; });
  if (!facts.environment_told) {
    const std::string of_issuer = "${" + IssuerIn(facts.hints) + ".";
    std::erase_if(facts.environment, [&](const auto& one) {
      return one.second.find(of_issuer) != std::string::npos || one.first == "AUDIENCE";
    });
  }
  if (Mentions(facts, "${keys}") || Mentions(facts, "${key}")) return;
  for (auto& [name, value] : facts.environment) {
    if (!value.empty() || !GuessCarriesCredential(name)) continue;
    value = "${key}";
    return;
  }
  if (!facts.environment_told && facts.url.empty()) facts.environment.emplace_back("KEYS", "${keys}");
}

}  // namespace

void SeeWhetherItTakesKeys(ServerFacts& facts) {
  if (facts.transport == Transport::kStdio) return;
  if (!facts.key_header.empty()) return TakeKeys(facts, facts.key_header, "as --key-header says");
  const bool issuer = !facts.resource.empty() || (facts.environment_told && MentionsIssuer(facts));
  if (issuer || !facts.guarded) return;
  if (const std::string named = KeyHeaderIn(facts.refusal); !named.empty())
    return TakeKeys(facts, named, "its 401 names it");
  const bool carries = std::any_of(facts.environment.begin(), facts.environment.end(), [](const auto& one) {
    return one.second.empty() && GuessCarriesCredential(one.first);
  });
  if (!Mentions(facts, "${keys}") && !Mentions(facts, "${key}") && !(facts.environment_told && carries)) return;
  if (facts.bearer)
    return TakeKeys(facts, "Authorization", "GUESS: its 401 asks for a Bearer token, and it is set to keys");
  const std::string in_source = KeyHeaderIn(facts.source);
  TakeKeys(facts, in_source.empty() ? "X-API-Key" : in_source,
           in_source.empty() ? "GUESS: the usual name" : "GUESS: its source names it");
}

bool TryKeysInstead(ServerFacts& facts) {
  const bool speaks_against = facts.transport == Transport::kStdio || !facts.guarded || facts.bearer ||
                              !facts.resource.empty() || (facts.environment_told && MentionsIssuer(facts));
  if (speaks_against || TakesKeys(facts)) return false;
  const std::string in_source = KeyHeaderIn(facts.source);
  TakeKeys(facts, in_source.empty() ? "X-API-Key" : in_source,
           "GUESS: it says nothing of an issuer, and took no token");
  return true;
}

bool TakesKeys(const ServerFacts& facts) {
  if (!facts.key_header.empty()) return true;
  return facts.transport == Transport::kStdio && !MentionsIssuer(facts);
}

bool TakeWhatItLacks(const std::string& said, ServerFacts& facts) {
  const auto has = [&](const auto& fits) {
    return std::any_of(facts.environment.begin(), facts.environment.end(), fits);
  };
  const size_t before = facts.environment.size();
  for (const std::string& name : VariablesLacked(said, facts.hints)) {
    if (!has([&](const auto& one) { return one.first == name; }))
      facts.environment.emplace_back(name, GuessValue(name, facts.path, facts.hints));
  }
  if (facts.environment.size() != before) return true;
  for (const char* name : kUsualVariables) {
    const std::string value = GuessValue(name, facts.path, facts.hints);
    if (!has([&](const auto& one) { return one.first == name || one.second == value; }))
      facts.environment.emplace_back(name, value);
  }
  return facts.environment.size() != before;
}

std::string ProjectText(const ServerFacts& told) {
  const ServerFacts facts = WithNamesThatFit(told);
  YamlPage out;
  WriteHead(facts, out);
  TakesKeys(facts) ? WriteLater(facts, out) : WriteIssuer(facts, out);
  WritePeople(facts, out);
  out << "targets:\n  server:\n";
  if (facts.url.empty()) {
    out << "    command: " << Value(Json{"sh", "-c", "cd \"${here}\" && exec " + facts.command}) << "\n";
  } else {
    out << "    # It runs already: nothing can be put between it and what it stands on, and it has to believe the "
           "issuer\n"
           "    # above. With command: and environment: in place of url: iff starts it anew for each scenario.\n"
           "    url: "
        << Value(facts.url) << "\n";
  }
  const bool stdio = facts.transport == Transport::kStdio;
  if (facts.transport != Transport::kHttp) {
    out << "    transport: " << Value(Name(facts.transport))
        << Comment(stdio ? "a process for each person, started with what is theirs: ${credential}" : "of 2024-11-05");
  }
  if (!stdio) out << "    path: " << Value(facts.path) << "\n";
  if (facts.url.empty() && !stdio)
    out << "    ready: \"\"   # as soon as its port is open; or a path that answers 200\n";
  if (facts.url.empty())
    out << "    # stop: {signal: TERM, within: 5s}   # how it is ended, where nothing else is said\n";
  if (facts.revisions.empty()) {
    std::vector<std::string> all = {"2026-07-28", "2025-11-25", "2025-06-18"};
    if (facts.transport != Transport::kHttp) all.emplace_back("2024-11-05");
    if (facts.transport == Transport::kSse) all.erase(all.begin());
    out << "    # GUESS: all of them. The first is used where a scenario names none.\n"
           "    revisions: "
        << Value(all) << "\n";
  } else {
    out << "    revisions: " << Value(facts.revisions)
        << Comment("as it spoke them; the first is used where a scenario names none");
  }
  out << "    strict: false     # true: hold it also to what no clause demands\n";
  TakesKeys(facts) ? WriteKeys(facts, out) : WriteLogin(facts, out);
  bool plants = false;
  bool reads = false;
  for (const GuessedOperation& one : facts.operations) {
    plants = plants || (one.name == "create" && !facts.id.empty());
    reads = reads || one.name == "read_own";
  }
  if (plants && reads) {
    out << "    upstream: things     # what people hold here; the server keeps it itself,\n"
           "    seed_with: create   # and everybody's canary comes in through this operation\n";
  } else {
    out << "    # upstream: things     # without an operation that makes a thing and one that reads it again, nobody "
           "can tell\n"
           "    # seed_with: create   # whether people are kept apart: name them below, and take these two in\n";
  }
  if (facts.tools.is_array()) {
    std::vector<std::string> names;
    for (const Json& tool : facts.tools) names.push_back(AtOr<std::string>(tool, "/name", ""));
    out << "    tools: " << Value(names) << "\n";
    if (const ParameterFields mirrors = ParameterFieldsIn(facts.tools); !mirrors.empty())
      out << "    mirrors: " << Value(Json(mirrors)) << Comment("arguments that are repeated in Mcp-Param- fields");
  }
  if (facts.url.empty()) WriteEnvironment(facts, out);
  WriteOperations(facts, out);
  WriteEntries("resources", "uri", facts.resources, out);
  WriteEntries("prompts", "prompt", facts.prompts, out);
  WriteLeftOut(facts, out);
  return out.text();
}

}  // namespace iff
