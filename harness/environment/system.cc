#include "harness/environment/system.h"

#include <algorithm>

#include "harness/core/yaml.h"

namespace iff {
namespace {

// Walks a system file and collects what is wrong with it.
class SystemReader {
 public:
  explicit SystemReader(const YamlFile& file) : file_(file) {}

  System Read() {
    System system{.file = file_.path()};
    const Json& root = file_.value();
    if (!root.is_object()) {
      Mistake("", "a system file is a mapping with system, components, people and targets");
      return system;
    }
    Members("", {"system", "title", "components", "people", "targets"});
    system.name = Text("/system", true);
    system.title = Text("/title", false);
    for (const auto& [name, value] : Entries("/components")) system.components.push_back(Component(name, value));
    for (const auto& [name, value] : Entries("/people")) system.people[name] = Person(name, value);
    for (const auto& [name, value] : Entries("/targets")) system.targets[name] = Target(name, value);
    if (system.components.empty()) Mistake("/components", "a system has at least one component");
    return system;
  }

  const std::string& mistakes() const { return mistakes_; }

 private:
  void Mistake(const std::string& pointer, std::string_view what) {
    mistakes_ += (mistakes_.empty() ? "" : "\n") + file_.Point(pointer, what);
  }

  void Members(const std::string& pointer, const std::vector<std::string>& known) {
    const Json* object = Find(file_.value(), pointer);
    if (object == nullptr || !object->is_object()) return;
    for (const auto& [key, value] : object->items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        Mistake(pointer + "/" + PointerToken(key), "unknown key '" + key + "'" + DidYouMean(key, known));
      }
    }
  }

  std::vector<std::pair<std::string, std::string>> Entries(const std::string& pointer) {
    std::vector<std::pair<std::string, std::string>> entries;
    const Json* object = Find(file_.value(), pointer);
    if (object == nullptr) return entries;
    if (!object->is_object()) {
      Mistake(pointer, "want a mapping");
      return entries;
    }
    for (const auto& [key, value] : object->items()) entries.emplace_back(key, pointer + "/" + PointerToken(key));
    return entries;
  }

  std::string Text(const std::string& pointer, bool required) {
    const Json* value = Find(file_.value(), pointer);
    if (value == nullptr || value->is_null()) {
      if (required) Mistake(pointer, "'" + pointer.substr(pointer.rfind('/') + 1) + "' is missing");
      return {};
    }
    if (value->is_number_integer()) return std::to_string(value->get<int64_t>());
    if (!value->is_string()) {
      Mistake(pointer, "want text");
      return {};
    }
    return value->get<std::string>();
  }

  std::vector<std::string> Texts(const std::string& pointer) {
    std::vector<std::string> texts;
    const Json* list = Find(file_.value(), pointer);
    if (list == nullptr) return texts;
    if (!list->is_array()) {
      Mistake(pointer, "want a list");
      return texts;
    }
    for (size_t i = 0; i < list->size(); ++i) texts.push_back(Text(pointer + "/" + std::to_string(i), true));
    return texts;
  }

  ComponentSpec Component(const std::string& name, const std::string& at) {
    Members(at, {"recipe", "options", "per_scenario"});
    ComponentSpec spec{.name = name, .recipe = Text(at + "/recipe", true)};
    if (const Json* options = Find(file_.value(), at + "/options")) {
      if (!options->is_object()) Mistake(at + "/options", "want a mapping");
      spec.options = *options;
    }
    spec.per_scenario = AtOr<bool>(file_.value(), at + "/per_scenario", false);
    return spec;
  }

  PersonSpec Person(const std::string& role, const std::string& at) {
    Members(at, {"groups", "holds"});
    return {.role = role, .groups = Texts(at + "/groups"), .holds = Texts(at + "/holds")};
  }

  TargetSpec Target(const std::string& name, const std::string& at) {
    Members(at, {"program", "command", "url", "path", "ready", "upstream", "client", "scopes", "environment",
                 "operations"});
    TargetSpec spec{.name = name, .command = Texts(at + "/command"), .url = Text(at + "/url", false)};
    if (const std::string program = Text(at + "/program", false); !program.empty()) spec.command = {program};
    if (spec.command.empty() == spec.url.empty()) {
      Mistake(at, "a target has either a program (or command) to launch or a url");
    }
    if (Find(file_.value(), at + "/path") != nullptr) spec.path = Text(at + "/path", true);
    if (Find(file_.value(), at + "/ready") != nullptr) spec.ready = Text(at + "/ready", false);
    spec.upstream = Text(at + "/upstream", false);
    spec.client = Text(at + "/client", false);
    for (const auto& [key, pointer] : Entries(at + "/scopes")) spec.scopes[key] = Text(pointer, true);
    for (const auto& [key, pointer] : Entries(at + "/environment")) spec.environment[key] = Text(pointer, true);
    for (const auto& [key, pointer] : Entries(at + "/operations")) {
      Members(pointer, {"tool", "arguments"});
      Operation operation{.tool = Text(pointer + "/tool", true)};
      if (const Json* arguments = Find(file_.value(), pointer + "/arguments")) operation.arguments = *arguments;
      spec.operations[key] = std::move(operation);
    }
    return spec;
  }

  const YamlFile& file_;
  std::string mistakes_;
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
