#include "harness/environment/system.h"

#include <algorithm>

#include "harness/core/yaml.h"

namespace iff {
namespace {

// Walks a system file and collects what is wrong with it.
class SystemReader : private YamlReader {
 public:
  explicit SystemReader(const YamlFile& file) : YamlReader(file), file_(file) {}
  using YamlReader::mistakes;

  System Read() {
    System system{.file = file_.path()};
    const Json& root = file_.value();
    if (!root.is_object()) {
      Mistake("", "a system file is a mapping with system, components, people and targets");
      return system;
    }
    Members("", {"system", "title", "components", "people", "targets"});
    system.name = Text("/system", true);
    system.title = Text("/title");
    for (const auto& [name, value] : Entries("/components")) system.components.push_back(Component(name, value));
    for (const auto& [name, value] : Entries("/people")) system.people[name] = Person(name, value);
    for (const auto& [name, value] : Entries("/targets")) system.targets[name] = Target(name, value);
    if (system.components.empty()) Mistake("/components", "a system has at least one component");
    return system;
  }

 private:
  ComponentSpec Component(const std::string& name, const std::string& at) {
    Members(at, {"recipe", "options", "per_scenario"});
    ComponentSpec spec{.name = name, .recipe = Text(at + "/recipe", true)};
    spec.options = Object(at + "/options");
    spec.per_scenario = Flag(at + "/per_scenario");
    return spec;
  }

  PersonSpec Person(const std::string& role, const std::string& at) {
    Members(at, {"groups", "holds"});
    return {.role = role, .groups = Texts(at + "/groups"), .holds = Texts(at + "/holds")};
  }

  TargetSpec Target(const std::string& name, const std::string& at) {
    Members(at, {"program", "command", "url", "path", "ready", "upstream", "client", "scopes", "environment",
                 "operations", "tools"});
    TargetSpec spec{.name = name, .command = Texts(at + "/command"), .url = Text(at + "/url")};
    if (const std::string program = Text(at + "/program"); !program.empty()) spec.command = {program};
    if (spec.command.empty() == spec.url.empty()) {
      Mistake(at, "a target has either a program (or command) to launch or a url");
    }
    if (Has(at + "/path")) spec.path = Text(at + "/path", true);
    if (Find(file_.value(), at + "/ready") != nullptr) spec.ready = Text(at + "/ready");
    spec.upstream = Text(at + "/upstream");
    spec.client = Text(at + "/client");
    spec.tools = Texts(at + "/tools");
    for (const auto& [key, pointer] : Entries(at + "/scopes")) spec.scopes[key] = Text(pointer, true);
    for (const auto& [key, pointer] : Entries(at + "/environment")) spec.environment[key] = Text(pointer, true);
    for (const auto& [key, pointer] : Entries(at + "/operations")) {
      Members(pointer, {"tool", "arguments"});
      spec.operations[key] = {.tool = Text(pointer + "/tool", true), .arguments = Object(pointer + "/arguments")};
    }
    return spec;
  }

  const YamlFile& file_;
};

}  // namespace

const ComponentSpec* System::FindComponent(const std::string& component) const {
  for (const ComponentSpec& spec : components) {
    if (spec.name == component) return &spec;
  }
  return nullptr;
}

Result<System> LoadSystem(const std::string& path) {
  const YamlFile file = TRY(YamlFile::Load(path).While("load system"));
  SystemReader reader(file);
  System system = reader.Read();
  if (!reader.mistakes().empty()) return Error(ErrorKind::kInvalidInput, reader.mistakes());
  return system;
}

}  // namespace iff
