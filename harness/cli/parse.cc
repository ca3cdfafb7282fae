#include "harness/cli/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "harness/cli/console.h"
#include "harness/core/version.h"
#include "harness/core/yaml.h"
#include "harness/run/result.h"

namespace iff {
namespace {

// "iff run --jbos 4" with a caret under the word that is wrong.
std::string Pointed(const std::vector<std::string>& arguments, size_t wrong) {
  std::string line = "  iff";
  std::string mark;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i == wrong)
      mark = std::string(line.size() + 1, ' ') + std::string(std::max<size_t>(arguments[i].size(), 1), '^');
    line += " " + (arguments[i].empty() ? "''" : arguments[i]);
  }
  return mark.empty() ? line + "\n" : line + "\n" + mark + "\n";
}

Parsed Wrong(const std::vector<std::string>& arguments, size_t where, const std::string& command,
             const std::string& what) {
  Parsed parsed;
  parsed.exit_code = kUsage;
  const std::string name = command.empty() ? "iff" : "iff " + command;
  parsed.text = name + ": " + what + "\n" + Pointed(arguments, where) + "'" + name + " --help' lists what there is\n";
  return parsed;
}

Parsed Answer(std::string text) {
  Parsed parsed;
  parsed.exit_code = 0;
  parsed.text = std::move(text);
  return parsed;
}

size_t IndexOf(const std::vector<std::string>& words, const std::string& word) {
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] == word || words[i].starts_with(word + "=")) return i;
  }
  return words.size();
}

struct AddTo {
  CLI::App& app;
  const Argument& argument;

  CLI::Option* operator()(bool* flag) const { return app.add_flag(argument.names, *flag); }
  CLI::Option* operator()(int* number) const {
    return app.add_option(argument.names, *number)->check(CLI::Range(argument.least, argument.most));
  }
  CLI::Option* operator()(std::string* text) const {
    CLI::Option* option = app.add_option(argument.names, *text);
    if (argument.takes == Takes::kOneOf) option->check(CLI::IsMember(argument.one_of));
    return option;
  }
  CLI::Option* operator()(std::vector<std::string>* words) const {
    CLI::Option* option = app.add_option(argument.names, *words);
    // One value each time it is given, or it would swallow what is to be run.
    if (argument.names.starts_with("-")) option->allow_extra_args(false);
    return option;
  }
};

// "--jbos": the option of the command that is meant.
std::string OptionMeant(const Arguments& arguments, const std::string& word) {
  std::vector<std::string> known;
  for (const Argument& argument : arguments) {
    if (argument.hidden) continue;
    for (const std::string& name : NamesOf(argument).options) known.push_back(name);
  }
  return DidYouMean(word.substr(0, word.find('=')), known);
}

Parsed Explained(const CLI::ParseError& problem, const CLI::App& app, const Command& command,
                 const Arguments& arguments, const std::vector<std::string>& words) {
  if (problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    const std::vector<std::string> extras = app.remaining();
    for (const std::string& extra : extras) {
      if (!extra.starts_with("-")) continue;
      return Wrong(words, IndexOf(words, extra), command.name,
                   "no option '" + extra.substr(0, extra.find('=')) + "'" + OptionMeant(arguments, extra));
    }
    const std::string extra = extras.empty() ? "" : extras.front();
    return Wrong(words, IndexOf(words, extra), command.name, "'" + extra + "' is one word too many");
  }
  // The library names the option first: "--jobs: Value abc not in range 1 to 64".
  const std::string what = problem.what();
  const std::string option = what.substr(0, what.find_first_of(": "));
  size_t where = words.size();
  for (const Argument& argument : arguments) {
    const std::vector<std::string> names = NamesOf(argument).options;
    if (std::find(names.begin(), names.end(), option) == names.end()) continue;
    for (const std::string& name : names) where = std::min(where, IndexOf(words, name));
  }
  return Wrong(words, where, command.name, what);
}

// Paths are those of whoever typed them, whichever process works with them.
void ResolvePaths(const Arguments& arguments, const std::string& typed_in) {
  std::error_code unknown;
  const std::filesystem::path folder =
      typed_in.empty() ? std::filesystem::current_path(unknown) : std::filesystem::path(typed_in);
  for (const Argument& argument : arguments) {
    // A scenario's file may lie anywhere; what is no file is a name.
    if (auto* const* all = std::get_if<std::vector<std::string>*>(&argument.into);
        all != nullptr && argument.takes == Takes::kScenarios) {
      for (std::string& word : **all) {
        const std::filesystem::path path = (folder / word).lexically_normal();
        if (word.ends_with(".yaml") && std::filesystem::is_regular_file(path, unknown)) word = path.string();
      }
    }
    if (argument.takes != Takes::kFile && argument.takes != Takes::kFolder) continue;
    std::string* const* path = std::get_if<std::string*>(&argument.into);
    if (path != nullptr && !(**path).empty()) **path = (folder / **path).lexically_normal().string();
  }
}

std::vector<Shortcut>& Shortcuts() {
  static std::vector<Shortcut> shortcuts;
  return shortcuts;
}

Parsed ReadSettings(Parsed parsed, const std::vector<std::string>& settings, const std::vector<std::string>& words) {
  Options& options = parsed.options;
  for (const auto& [name, value] : options.shortcuts) {
    if (!value.empty()) options.overrides[name] = value;
  }
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    const size_t dot = setting.find('.');
    if (equals == std::string::npos || dot == 0 || dot > equals || dot + 1 == equals) {
      return Wrong(words, IndexOf(words, setting), options.command,
                   "--set " + setting + ": want component.option=value");
    }
    const Result<YamlFile> value = YamlFile::Parse("--set", setting.substr(equals + 1));
    options.overrides[setting.substr(0, equals)] = value.ok() ? value->value() : Json(setting.substr(equals + 1));
  }
  return parsed;
}

std::vector<std::string> ShownNames() {
  std::vector<std::string> names;
  for (const Command& command : Commands()) {
    if (!command.hidden) names.push_back(command.name);
  }
  return names;
}

std::string Column(const std::string& text, size_t width) {
  return text.size() + 2 > width ? text + "  " : text + std::string(width - text.size(), ' ');
}

}  // namespace

ArgumentNames NamesOf(const Argument& argument) {
  ArgumentNames names;
  std::istringstream in(argument.names);
  for (std::string name; std::getline(in, name, ',');) {
    if (name.starts_with("-")) {
      names.options.push_back(name);
    } else {
      names.place = name;
    }
  }
  names.flag = std::holds_alternative<bool*>(argument.into);
  names.many = std::holds_alternative<std::vector<std::string>*>(argument.into);
  return names;
}

std::string Spelled(const Argument& argument) {
  const ArgumentNames names = NamesOf(argument);
  if (names.options.empty()) {
    std::string place = names.place;
    std::transform(place.begin(), place.end(), place.begin(), [](unsigned char c) { return std::toupper(c); });
    if (names.many) place += " ...";
    return argument.required ? place : "[" + place + "]";
  }
  std::string text;
  for (const std::string& name : names.options) text += (text.empty() ? "" : ", ") + name;
  if (argument.takes == Takes::kOneOf) {
    std::string values;
    for (const std::string& one : argument.one_of) values += (values.empty() ? "" : "|") + one;
    return text + " " + values;
  }
  return names.flag ? text : text + " " + (argument.value.empty() ? "TEXT" : argument.value);
}

Arguments ShownArguments(const Command& command) {
  Options options;
  std::vector<std::string> settings;
  Arguments arguments = ArgumentsOf(command, options, settings, nullptr);
  std::erase_if(arguments, [](const Argument& argument) { return argument.hidden; });
  for (Argument& argument : arguments) {
    // What they would be read into ends here; only of what kind it is matters from now on.
    if (std::holds_alternative<bool*>(argument.into))
      argument.into = static_cast<bool*>(nullptr);
    else if (std::holds_alternative<int*>(argument.into))
      argument.into = static_cast<int*>(nullptr);
    else if (std::holds_alternative<std::string*>(argument.into))
      argument.into = static_cast<std::string*>(nullptr);
    else
      argument.into = static_cast<std::vector<std::string>*>(nullptr);
  }
  return arguments;
}

std::string_view Title(CommandGroup group) {
  switch (group) {
    case CommandGroup::kRun:
      return "Run";
    case CommandGroup::kLoop:
      return "While developing";
    case CommandGroup::kLook:
      return "Look";
    case CommandGroup::kCare:
      return "Care";
  }
  return "";
}

std::string Overview() {
  std::string text =
      "iff: each identity gets its credentials if, and only if, they are its own\n\n"
      "Usage: iff COMMAND [OPTION ...] [ARGUMENT ...]\n";
  std::optional<CommandGroup> group;
  for (const Command& command : Commands()) {
    if (command.hidden) continue;
    if (group != command.group) text += "\n" + std::string(Title(command.group)) + "\n";
    group = command.group;
    text += "  " + Column(command.name, 14) + command.summary + "\n";
  }
  return text + "\n'iff COMMAND --help' tells the rest of one.\n" +
         "Exit codes: 0 all as expected, 1 a check failed, 2 something could not be judged, 64 bad usage or a bad "
         "file.\n";
}

std::string HelpOf(const Command& command) {
  const Arguments arguments = ShownArguments(command);
  std::string usage = "Usage: iff " + command.name + " [OPTION ...]";
  std::string places;
  std::string options;
  for (const Argument& argument : arguments) {
    const std::string spelled = Spelled(argument);
    const bool by_place = NamesOf(argument).options.empty();
    if (by_place) usage += " " + spelled;
    (by_place ? places : options) += "  " + Column(spelled, 26) + argument.help + "\n";
  }
  std::string text = "iff " + command.name + ": " + command.summary + "\n\n" + usage + "\n";
  if (!command.description.empty()) text += "\n" + command.description + "\n";
  if (!places.empty()) text += "\n" + places;
  text += "\n" + options;
  if (!command.examples.empty()) text += "\nFor example\n";
  for (const Example& example : command.examples) text += "  " + Column(example.line, 44) + example.says + "\n";
  return text +
         "\nExit codes: 0 as expected, 1 a check failed, 2 could not be judged or done, 64 bad usage or a bad "
         "file.\n";
}

void OfferShortcuts(std::vector<Shortcut> shortcuts) { Shortcuts() = std::move(shortcuts); }

Arguments ArgumentsOf(const Command& command, Options& options, std::vector<std::string>& settings,
                      CommandAction* action) {
  Arguments arguments;
  CommandAction declared = command.declare(options, arguments);
  if (action != nullptr) *action = std::move(declared);
  if (command.shared == Shared::kAll) {
    arguments.push_back(
        {.names = "--system",
         .value = "NAME|FILE",
         .into = &options.system,
         .takes = Takes::kSystems,
         .help = "a folder of systems/ or a file (default: iff.yaml here, else the demo of the project)"});
    for (const Shortcut& shortcut : Shortcuts()) {
      arguments.push_back({.names = shortcut.names,
                           .into = &options.shortcuts[shortcut.sets],
                           .takes = Takes::kOneOf,
                           .one_of = shortcut.one_of,
                           .help = shortcut.help});
    }
    arguments.push_back(
        {.names = "--in",
         .value = "native|docker|auto",
         .into = &options.in,
         .takes = Takes::kOneOf,
         .one_of = {"native", "docker", "auto"},
         .help = "run the programs as processes (the default), in containers, or in containers if they can be"});
    arguments.push_back({.names = "--target-in",
                         .value = "native|docker",
                         .into = &options.target_in,
                         .takes = Takes::kOneOf,
                         .one_of = {"native", "docker"},
                         .help = "the servers under test elsewhere than the rest"});
    arguments.push_back({.names = "--set",
                         .value = "COMPONENT.OPTION=VALUE",
                         .into = &settings,
                         .help = "over the system file (repeatable)"});
  }
  if (command.shared == Shared::kAll) {
    arguments.push_back({.names = "--offline", .into = &options.offline, .help = "use only what is cached"});
  }
  if (command.shared != Shared::kNone) {
    arguments.push_back({.names = "--quiet,-q", .into = &options.quiet, .help = "only the last line"});
    arguments.push_back(
        {.names = "--verbose,-v", .into = &options.verbose, .help = "every check, not only the failed ones"});
    arguments.push_back({.names = "--json", .into = &options.json, .help = "the result as JSON on standard output"});
  }
  // What one half of the program tells the other.
  arguments.push_back({.names = "--folder", .value = "FOLDER", .into = &options.folder, .hidden = true});
  arguments.push_back({.names = "--called", .value = "PROGRAM", .into = &options.called, .hidden = true});
  arguments.push_back({.names = "--search-path", .value = "PATH", .into = &options.search_path, .hidden = true});
  return arguments;
}

const Command* FindCommand(std::string_view name) {
  for (const Command& command : Commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

Parsed ParseCommandLine(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return Wrong(arguments, 0, "", "which command?");
  const std::string& first = arguments.front();
  if (first == "--version") return Answer("iff " + std::string(kVersion) + "\n");
  if (first == "--help" || first == "-h" || first == "help") {
    if (arguments.size() == 1 || first != "help") return Answer(Overview());
    if (const Command* about = FindCommand(arguments[1])) return Answer(HelpOf(*about));
    return Wrong(arguments, 1, "", "no command '" + arguments[1] + "'" + DidYouMean(arguments[1], ShownNames()));
  }
  const Command* command = FindCommand(first);
  if (command == nullptr) {
    return Wrong(arguments, 0, "",
                 (first.starts_with("-") ? "the command comes first, not '" : "no command '") + first + "'" +
                     DidYouMean(first, ShownNames()));
  }
  Parsed parsed;
  parsed.options.command = command->name;
  std::vector<std::string> settings;
  const Arguments known = ArgumentsOf(*command, parsed.options, settings, &parsed.action);
  CLI::App app(command->summary, command->name);
  for (const Argument& argument : known) {
    CLI::Option* option = std::visit(AddTo{app, argument}, argument.into);
    if (argument.required) option->required();
  }
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend() - 1);
  try {  // CLI11 answers by throwing; it goes no further than this
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return Answer(HelpOf(*command));
  } catch (const CLI::ParseError& problem) {
    return Explained(problem, app, *command, known, arguments);
  }
  ResolvePaths(known, parsed.options.folder);
  return ReadSettings(std::move(parsed), settings, arguments);
}

}  // namespace iff
