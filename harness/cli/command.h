// One command of the program as a value: the one source of --help, shell completion and of what is
// done. A command is a file harness/cli/commands/NAME.cc with one function, `Command NameCommand()`; the build finds it
// there and nothing else names it. ('self-test' would be self_test.cc with SelfTestCommand.)
//
//   Command LintCommand() {
//     return {.name = "lint",
//             .summary = "mistakes in system and scenario files",
//             .group = CommandGroup::kLook,
//             .declare = [](Options&, Arguments&) -> CommandAction { return {.act = Lint}; }};
//   }
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/cli/console.h"
#include "harness/cli/options.h"
#include "harness/run/measure.h"
#include "harness/session/session.h"

namespace iff {

// What the value of an argument is: for completion, and for paths to be resolved where they were typed.
enum class Takes { kText, kScenarios, kTargets, kMutants, kSystems, kPeople, kRun, kFile, kFolder, kTopic, kOneOf };

struct Argument {
  std::string names = {};  // "--jobs,-j"; without dashes it is known by its place: "selection"
  std::string value = {};  // what --help calls its value: "N"; "" for a flag
  // A vector takes one value each time the option is given, or every word left over.
  std::variant<bool*, int*, std::string*, std::vector<std::string>*> into = {};
  Takes takes = Takes::kText;
  std::vector<std::string> one_of = {};  // with kOneOf
  int least = 0;                         // of a number
  int most = 1'000'000;
  bool required = false;
  bool hidden = false;
  std::string help = {};
};
using Arguments = std::vector<Argument>;

// The means of every command.
struct Services {
  const DriverRegistry& driver_registry;
  const ProbeSet& probes;
  const MeasurementSet& measurements;
  Places places;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  const std::atomic<bool>& interrupted;
};

// One time a command is carried out.
struct Call {
  const Services& services;
  const Options& options;
  const std::vector<std::string>& arguments;  // as typed, after "iff"
  Console& console;
  const std::atomic<bool>& cancelled;  // whoever asked wants it to end
  std::chrono::steady_clock::time_point began;
  int in = 0;                // standard input of whoever asked; -1: none
  bool handed_over = false;  // carried out in the environment that is up
};

// What a command does. Without `act` it is carried out on an environment: first `before`, which may end it with an exit
// code; then `on_environment`, in the process that owns one: the one that is up, or ourselves after bringing one up for
// this command alone, which `before_starting` may spare us.
struct CommandAction {
  std::function<int(const Call&)> act = {};
  std::function<std::optional<int>(const Call&)> before = {};
  std::function<std::optional<int>(const Call&)> before_starting = {};
  std::function<int(const Call&, Session&)> on_environment = {};
  bool leaves_at_once = false;  // Ctrl-C: whoever asked does not wait until the environment that is up has noticed
};

enum class CommandGroup { kRun, kLoop, kLook, kCare };
// Which of the options that many commands have: all of them; those about output; none.
enum class Shared { kAll, kOutput, kNone };

struct Example {
  std::string line = {};  // "iff run isolation"
  std::string says = {};
};

struct Command {
  std::string name = {};
  std::string summary = {};  // one line, without a full stop
  CommandGroup group = CommandGroup::kRun;
  std::string description = {};  // for --help: paragraphs, "" for none
  std::vector<Example> examples = {};
  Shared shared = Shared::kAll;
  bool hidden = false;
  // Adds its arguments, which are read into `options` or into what the deed keeps alive, and says what it does.
  std::function<CommandAction(Options&, Arguments&)> declare = {};
};

// Every command, in the order of --help.
const std::vector<Command>& Commands();
// nullptr: there is none.
const Command* FindCommand(std::string_view name);
// Those of the command, then those it shares with others.
Arguments ArgumentsOf(const Command& command, Options& options, std::vector<std::string>& settings,
                      CommandAction* action);

}  // namespace iff
