#include "harness/environment/system.h"

#include <algorithm>
#include <filesystem>

#include "harness/core/yaml.h"

namespace iff {
namespace {

const std::map<std::string, std::string>& Renamed() {
  static const std::map<std::string, std::string> renamed = {{"people", "principals"},    {"recipe", "driver"},
                                                             {"planted_by", "seed_with"}, {"gives", "captures"},
                                                             {"shows", "discloses"},      {"allows", "allowed"}};
  return renamed;
}

// Walks a system file and collects what is wrong with it.
class SystemReader : private YamlReader {
 public:
  explicit SystemReader(const YamlFile& file) : YamlReader(file, Renamed()), file_(file) {}
  using YamlReader::mistakes;

  System Read() {
    System system{.file = file_.path()};
    const Json& root = file_.value();
    if (!root.is_object()) {
      Mistake("", "a system file is a mapping with system, components, principals and targets");
      return system;
    }
    Members("", {"system", "title", "components", "principals", "targets"});
    system.name = Text("/system", true);
    system.title = Text("/title");
    for (const auto& [name, value] : Entries("/components")) system.components.push_back(Component(name, value));
    for (const auto& [name, value] : Entries("/principals")) system.people[name] = Person(name, value);
    for (const auto& [name, value] : Entries("/targets")) {
      if (name == "any" || name == "another")
        Mistake(value, "'" + name + "' is no target's name: scenarios mean by it whichever there is");
      system.targets[name] = Target(name, value);
    }
    const bool keys = std::any_of(system.targets.begin(), system.targets.end(),
                                  [](const auto& target) { return target.second.TakesKeys(); });
    for (const auto& [name, target] : system.targets) {
      if (target.issuer.empty() || system.FindComponent(target.issuer) != nullptr) continue;
      std::vector<std::string> known;
      for (const ComponentSpec& spec : system.components) known.push_back(spec.name);
      Mistake("/targets/" + name + "/issuer",
              "no component is called '" + target.issuer + "'" + DidYouMean(target.issuer, known));
    }
    if (system.components.empty() && !keys) Mistake("/components", "a system has at least one component");
    return system;
  }

 private:
  ComponentSpec Component(const std::string& name, const std::string& at) {
    Members(at, {"driver", "options", "per_scenario"});
    ComponentSpec spec{.name = name, .driver = Text(at + "/driver", true)};
    spec.options = Object(at + "/options");
    spec.per_scenario = Flag(at + "/per_scenario");
    return spec;
  }

  PersonSpec Person(const std::string& persona, const std::string& at) {
    Members(at, {"groups", "holds"});
    PersonSpec person{.persona = persona, .groups = Texts(at + "/groups"), .holds = Texts(at + "/holds")};
    groups_.insert(person.groups.begin(), person.groups.end());
    return person;
  }

  TargetSpec Target(const std::string& name, const std::string& at) {
    Members(at,
            {"program",   "command",  "url",         "path",       "ready",     "stop",    "upstream",   "client",
             "issuer",    "scopes",   "environment", "operations", "resources", "prompts", "not_asked",  "tools",
             "revisions", "strict",   "seed_with",   "settings",   "errors",    "audit",   "key_header", "transport",
             "tls",       "replicas", "sse",         "accepts",    "asks_back", "mirrors"});
    TargetSpec spec{.name = name, .line = Line(at), .command = Texts(at + "/command"), .url = Text(at + "/url")};
    if (const std::string program = Text(at + "/program"); !program.empty()) spec.command = {program};
    if (spec.command.empty() == spec.url.empty()) {
      Mistake(at, "a target has either a program (or command) to launch or a url");
    }
    if (Has(at + "/path")) spec.path = Text(at + "/path", true);
    if (Find(file_.value(), at + "/ready") != nullptr) spec.ready = Text(at + "/ready");
    if (Has(at + "/stop")) ReadStop(at + "/stop", spec);
    spec.upstream = Text(at + "/upstream");
    spec.client = Text(at + "/client");
    spec.issuer = Text(at + "/issuer");
    spec.tools = Texts(at + "/tools");
    for (const auto& [key, pointer] : Entries(at + "/scopes")) spec.scopes[key] = Text(pointer, true);
    for (const auto& [key, pointer] : Entries(at + "/environment")) spec.environment[key] = Text(pointer, true);
    for (const auto& [key, pointer] : Entries(at + "/operations")) {
      spec.operations[key] = OperationAt(pointer, "tool", "tools/call");
      Operation& operation = spec.operations[key];
      // What these two are for is that they show it.
      operation.discloses = Flag(pointer + "/discloses", key == "read_own" || key == "read_of");
      for (const auto& [given, value] : Entries(pointer + "/captures")) {
        operation.captures[given] = Text(value, true);
        if (!operation.captures[given].starts_with("/")) Mistake(value, "want a pointer into the answer, like /id");
      }
    }
    CheckChanges(spec, at);
    for (const auto& [key, pointer] : Entries(at + "/resources")) {
      spec.resources[key] = OperationAt(pointer, "uri", "resources/read");
    }
    for (const auto& [key, pointer] : Entries(at + "/prompts")) {
      spec.prompts[key] = OperationAt(pointer, "prompt", "prompts/get");
    }
    for (const auto& [key, pointer] : Entries(at + "/asks_back")) {
      Members(pointer, {"tool", "arguments", "once"});
      spec.asks_back[key] = {.tool = Text(pointer + "/tool", true),
                             .line = Line(pointer),
                             .arguments = Object(pointer + "/arguments"),
                             .once = Flag(pointer + "/once")};
    }
    for (const auto& [tool, pointer] : Entries(at + "/mirrors")) ReadMirrored(tool, pointer, spec);
    for (const auto& [left_out, why] : Entries(at + "/not_asked")) spec.not_asked[left_out] = Text(why, true);
    for (const auto& [claim, why] : Entries(at + "/accepts")) spec.accepts[claim] = Text(why, true);
    if (Has(at + "/transport")) spec.transport = TransportAt(at + "/transport");
    if (spec.transport == Transport::kSse) spec.revisions = {"2024-11-05"};
    if (Has(at + "/revisions")) spec.revisions = Revisions(at + "/revisions");
    spec.strict = Flag(at + "/strict");
    spec.audit = Text(at + "/audit");
    spec.key_header = Text(at + "/key_header");
    if (Has(at + "/sse")) spec.sse = Text(at + "/sse", true);
    if (!spec.sse.empty() && spec.transport != Transport::kHttp)
      Mistake(at + "/sse", "where transport: http is spoken as well; transport: sse opens its streams at 'path'");
    if (!spec.sse.empty() && !spec.sse.starts_with('/')) Mistake(at + "/sse", "want a path such as /sse");
    CheckTransport(spec, at);
    ReadReplicas(spec, at);
    for (const auto& [variable, pointer] : Entries(at + "/tls")) spec.tls[variable] = Text(pointer, true);
    if (!spec.tls.empty() && spec.transport != Transport::kHttp)
      Mistake(at + "/tls", "only transport: http has certificates of clients");
    for (const auto& [key, pointer] : Entries(at + "/settings")) ReadSetting(key, pointer, spec);
    for (const std::string& code : Texts(at + "/errors")) spec.errors.insert(code);
    if (Has(at + "/seed_with")) {
      spec.seed_with = Text(at + "/seed_with");
      std::vector<std::string> known;
      for (const auto& [operation, unused] : spec.operations) known.push_back(operation);
      if (!spec.operations.contains(spec.seed_with)) {
        Mistake(at + "/seed_with", "no operation '" + spec.seed_with + "'" + DidYouMean(spec.seed_with, known));
      }
      if (spec.upstream.empty()) Mistake(at, "'seed_with' plants what people hold at 'upstream': which is it?");
    }
    return spec;
  }

  void ReadReplicas(TargetSpec& spec, const std::string& at) {
    if (!Has(at + "/replicas")) return;
    constexpr int64_t kMost = 16;
    spec.replicas = Number(at + "/replicas").value_or(1);
    if (spec.replicas < 1 || spec.replicas > kMost) Mistake(at + "/replicas", "want 1 to 16");
    if (!spec.url.empty()) Mistake(at + "/replicas", "what is given by url is not ours to launch");
    if (spec.transport != Transport::kHttp) Mistake(at + "/replicas", "only transport: http can go to any replica");
  }

  void ReadMirrored(const std::string& tool, const std::string& at, TargetSpec& spec) {
    if (!spec.tools.empty() && std::find(spec.tools.begin(), spec.tools.end(), tool) == spec.tools.end())
      Mistake(at, "there is no such tool among 'tools'");
    for (const auto& [field, pointer] : Entries(at)) {
      spec.mirrors[tool][field] = Text(pointer, true);
      if (!IsToken(field)) Mistake(pointer, "want what stands behind Mcp-Param- in a header field's name");
      if (!spec.mirrors[tool][field].starts_with('/'))
        Mistake(pointer, "want a pointer into the tool's arguments, like /id");
    }
  }

  void ReadStop(const std::string& at, TargetSpec& spec) {
    static const std::map<std::string, int> kSignals = {{"TERM", SIGTERM}, {"INT", SIGINT},   {"HUP", SIGHUP},
                                                        {"QUIT", SIGQUIT}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
                                                        {"KILL", SIGKILL}};
    Members(at, {"signal", "within"});
    if (!spec.url.empty()) Mistake(at, "what is given by url is not ours to stop");
    if (Has(at + "/signal")) {
      std::vector<std::string> names;
      for (const auto& [name, unused] : kSignals) names.push_back(name);
      if (const auto found = kSignals.find(OneOf(at + "/signal", names)); found != kSignals.end())
        spec.stop_signal = found->second;
    }
    if (const auto within = Has(at + "/within") ? Span(at + "/within") : std::nullopt) spec.stop_within = *within;
  }

  // A variable, or a variable and what it is for each word a scenario may use.
  void ReadSetting(const std::string& key, const std::string& at, TargetSpec& spec) {
    if (const Json* value = Get(at); value == nullptr || !value->is_object()) {
      spec.settings[key] = Text(at, true);
      return;
    }
    Members(at, {"variable", "words"});
    spec.settings[key] = Text(at + "/variable", true);
    for (const auto& [word, pointer] : Entries(at + "/words")) spec.setting_words[key][word] = Text(pointer, true);
    if (!spec.setting_words.contains(key))
      Mistake(at, "which 'words' do scenarios set it to? Without any, the variable's name will do");
  }

  Transport TransportAt(const std::string& at) {
    const std::string name = Text(at, true);
    const Result<Transport> transport = ParseTransport(name);
    if (!transport.ok()) Mistake(at, "no transport '" + name + "'" + DidYouMean(name, {"http", "sse", "stdio"}));
    return transport.value_or(Transport::kHttp);
  }

  // What changes something is asked of things made for it, and judged by what their owner reads.
  void CheckChanges(const TargetSpec& spec, const std::string& at) {
    for (const auto& [name, operation] : spec.operations) {
      if (!operation.changes) continue;
      const std::string where = at + "/operations/" + PointerToken(name) + "/changes";
      if (!operation.AsksAboutOthers())
        Mistake(where, "which thing does it change? want {of.X} among its arguments, such as {of.thing}");
      const auto create = spec.operations.find("create");
      if (create == spec.operations.end() || create->second.captures.empty())
        Mistake(where, "a thing is made for each question: want an operation 'create' with 'captures'");
      if (!spec.operations.contains("read_own"))
        Mistake(where, "what was changed is seen by reading it: want an operation 'read_own'");
    }
  }

  // What a transport cannot be told.
  void CheckTransport(const TargetSpec& spec, const std::string& at) {
    const bool holds_credential =
        std::any_of(spec.environment.begin(), spec.environment.end(),
                    [](const auto& one) { return one.second.find("${credential}") != std::string::npos; }) ||
        std::any_of(spec.command.begin(), spec.command.end(),
                    [](const std::string& word) { return word.find("${credential}") != std::string::npos; });
    if (spec.transport != Transport::kStdio) {
      if (holds_credential) Mistake(at, "'${credential}' is what a process is started with: want transport: stdio");
    } else if (!holds_credential) {
      Mistake(
          at,
          "a process for each person is started with what is theirs: say '${credential}' in environment or command");
    }
    if (spec.transport == Transport::kStdio && !spec.url.empty())
      Mistake(at + "/url", "transport: stdio is launched: want a command");
    if (spec.transport == Transport::kStdio && !spec.key_header.empty()) {
      Mistake(at + "/key_header", "transport: stdio has no headers: without a client, people have keys");
    }
    const bool streams = spec.transport == Transport::kSse;
    if (spec.transport != Transport::kHttp && (spec.Speaks("plain") || (streams && spec.Speaks("2026-07-28")))) {
      Mistake(at + "/revisions", "over " + std::string(Name(spec.transport)) +
                                     " are spoken 2024-11-05, 2025-06-18 and 2025-11-25" +
                                     (streams ? "" : ", and 2026-07-28"));
    }
  }

  // `named_by`: the member that says which tool, resource or prompt it is.
  Operation OperationAt(const std::string& at, const char* named_by, const char* method) {
    std::vector<std::string> members = {named_by, "allowed", "discloses", "scope", "without_scope"};
    if (named_by != std::string("uri")) members.emplace_back("arguments");
    if (named_by == std::string("tool")) members.insert(members.end(), {"captures", "changes"});
    Members(at, members);
    Operation operation{.tool = Text(at + "/" + named_by, true),
                        .line = Line(at),
                        .arguments = Object(at + "/arguments"),
                        .method = method};
    operation.discloses = Flag(at + "/discloses", false);
    operation.shows_nothing = Has(at + "/discloses") && !operation.discloses;
    operation.changes = Flag(at + "/changes", false);
    if (Has(at + "/allowed")) operation.allowed = Texts(at + "/allowed");
    for (const std::string& who : operation.allowed) {
      std::vector<std::string> known = {"owner", "everybody", "nobody"};
      known.insert(known.end(), groups_.begin(), groups_.end());
      if (std::find(known.begin(), known.end(), who) != known.end()) continue;
      Mistake(at + "/allowed", "no group of people is called '" + who + "'" + DidYouMean(who, known) +
                                   "; want owner, everybody, nobody or groups");
    }
    operation.scope = Text(at + "/scope");
    if (Has(at + "/without_scope")) {
      if (operation.scope.empty())
        Mistake(at + "/without_scope", "which scope? 'scope' names one of the target's scopes");
      operation.challenged = false;
      for (const std::string& outcome : Texts(at + "/without_scope")) {
        const std::vector<std::string> known = {"step-up", "deny", "hidden"};
        if (outcome == "step-up") operation.challenged = true;
        if (outcome == "hidden") operation.hidden = true;
        if (std::find(known.begin(), known.end(), outcome) == known.end()) {
          Mistake(at + "/without_scope", "no outcome '" + outcome + "'" + DidYouMean(outcome, known));
        }
      }
    }
    const std::string target = at.substr(0, at.rfind('/', at.rfind('/') - 1));
    if (!operation.scope.empty() && !Has(target + "/scopes/" + operation.scope)) {
      std::vector<std::string> uses;
      for (const auto& [use, unused] : Entries(target + "/scopes")) uses.push_back(use);
      Mistake(at + "/scope",
              "no use '" + operation.scope + "' among the target's scopes" + DidYouMean(operation.scope, uses));
    }
    return operation;
  }

  std::vector<std::string> Revisions(const std::string& at) {
    const std::vector<std::string> known = {"2026-07-28", "2025-11-25", "2025-06-18", "2024-11-05", "plain"};
    std::vector<std::string> revisions = Texts(at);
    for (const std::string& revision : revisions) {
      if (std::find(known.begin(), known.end(), revision) != known.end()) continue;
      Mistake(at, "no revision '" + revision + "'" + DidYouMean(revision, known));
    }
    if (revisions.empty()) Mistake(at, "a server speaks at least one revision");
    return revisions;
  }

  const YamlFile& file_;
  std::set<std::string> groups_;  // people are in
};

bool Mentions(const Json& value, const std::string& part) {
  if (value.is_string()) return value.get_ref<const std::string&>().find(part) != std::string::npos;
  if (!value.is_structured()) return false;
  return std::any_of(value.begin(), value.end(), [&](const Json& item) { return Mentions(item, part); });
}

}  // namespace

bool Operation::AsksAboutOthers() const { return Mentions(arguments, "{of.") || Mentions(tool, "{of."); }

bool TargetSpec::TakesOtherTokensThan(const TargetSpec& other) const {
  const auto at_a_door = [](const TargetSpec& target) {
    return !target.TakesKeys() && target.transport != Transport::kStdio;
  };
  if (!at_a_door(*this) || !at_a_door(other)) return false;
  const auto asked = [](const TargetSpec& target) {
    std::set<std::string> all;
    for (const auto& [use, scope] : target.scopes) all.insert(scope);
    return all;
  };
  // Whoever names none takes those of the only one there is.
  const bool another_issuer = !issuer.empty() && !other.issuer.empty() && issuer != other.issuer;
  return another_issuer || asked(*this) != asked(other);
}

const ComponentSpec* System::FindComponent(const std::string& component) const {
  for (const ComponentSpec& spec : components) {
    if (spec.name == component) return &spec;
  }
  return nullptr;
}

std::vector<const TargetSpec*> System::TargetsInOrder() const {
  std::vector<const TargetSpec*> all;
  for (const auto& entry : targets) all.push_back(&entry.second);
  std::stable_sort(all.begin(), all.end(), [](const TargetSpec* a, const TargetSpec* b) { return a->line < b->line; });
  return all;
}

const TargetSpec* System::AnotherBeside(const std::string& target) const {
  std::vector<const TargetSpec*> all = TargetsInOrder();
  const auto own = std::find_if(all.begin(), all.end(), [&](const TargetSpec* each) { return each->name == target; });
  if (own == all.end()) return nullptr;
  std::rotate(all.begin(), own, all.end());
  for (const TargetSpec* each : all) {
    if (each->TakesOtherTokensThan(*all.front())) return each;
  }
  return nullptr;
}

Result<System> LoadSystem(const std::string& path) {
  const YamlFile file = TRY(YamlFile::Load(path).While("load system"));
  SystemReader reader(file);
  System system = reader.Read();
  std::error_code unknown;
  system.folder = std::filesystem::absolute(path, unknown).lexically_normal().parent_path().string();
  if (!reader.mistakes().empty()) return Error(ErrorKind::kInvalidInput, reader.mistakes());
  return system;
}

}  // namespace iff
