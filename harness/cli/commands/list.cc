#include <algorithm>
#include <set>

#include "harness/cli/arguments.h"
#include "harness/cli/dispatch.h"
#include "harness/core/yaml.h"
#include "harness/run/applies.h"

namespace iff {
namespace {

size_t ChecksOf(const Scenario& scenario) {
  size_t checks = 0;
  for (const Step& step : scenario.steps) checks += step.expect.size();
  return checks;
}

std::string Counted(size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string TagsOf(const Scenario& scenario) {
  std::string text;
  for (const std::string& tag : scenario.tags) text += " #" + tag;
  return text + (scenario.exclusive ? " (alone)" : "");
}

// One branch of the tree: a scenario's file, with the targets it is run against.
struct Branch {
  const Scenario* first = nullptr;
  std::vector<std::string> targets = {};
  size_t checks = 0;
};

void SayTree(Console& console, const std::vector<Scenario>& scenarios) {
  std::vector<std::string> suites;
  for (const Scenario& scenario : scenarios) {
    if (suites.empty() || suites.back() != scenario.suite) suites.push_back(scenario.suite);
  }
  size_t all_checks = 0;
  for (const std::string& suite : suites) {
    std::vector<Branch> branches;
    size_t count = 0;
    size_t checks = 0;
    for (const Scenario& scenario : scenarios) {
      if (scenario.suite != suite) continue;
      const std::string plain = scenario.id.substr(0, scenario.id.find('@'));
      if (branches.empty() || branches.back().first->id.substr(0, branches.back().first->id.find('@')) != plain) {
        branches.push_back({.first = &scenario});
      }
      if (scenario.id.find('@') != std::string::npos) branches.back().targets.push_back(scenario.target);
      branches.back().checks += ChecksOf(scenario);
      ++count;
      checks += ChecksOf(scenario);
    }
    all_checks += checks;
    console.Say(suite + "  " + Counted(count, "scenario") + ", " + Counted(checks, "check"));
    for (size_t i = 0; i < branches.size(); ++i) {
      const Branch& branch = branches[i];
      std::string name = branch.first->id.substr(0, branch.first->id.find('@')).substr(suite.size() + 1);
      std::string targets;
      for (const std::string& target : branch.targets) targets += (targets.empty() ? "@" : ",") + target;
      console.Say((i + 1 == branches.size() ? "└─ " : "├─ ") + name + targets + "  " + branch.first->title + " (" +
                  Counted(branch.checks, "check") + ")" + TagsOf(*branch.first));
    }
  }
  console.Say(Counted(suites.size(), "suite") + ", " + Counted(scenarios.size(), "scenario") + ", " +
              Counted(all_checks, "check"));
}

int List(const Call& call, const std::vector<std::string>& tags) {
  const Options& options = call.options;
  const SessionOptions session_options = SessionOptionsFor(call);
  const Result<System> system = LoadSystemFor(session_options);
  if (!system.ok()) return Complain(call.console, system.error());
  Result<std::vector<Scenario>> selected = LoadSelected(session_options, *system, call.services.probes,
                                                        {.selectors = options.selectors, .targets = options.targets});
  if (!selected.ok()) return Complain(call.console, selected.error());
  if (!tags.empty()) {
    std::set<std::string> known;
    for (const Scenario& scenario : *selected) known.insert(scenario.tags.begin(), scenario.tags.end());
    for (const std::string& tag : tags) {
      if (known.contains(tag)) continue;
      return Complain(call.console, Error(ErrorKind::kInvalidInput, "no scenario is tagged '" + tag + "'" +
                                                                        DidYouMean(tag, {known.begin(), known.end()}) +
                                                                        ": 'iff list' shows tags as #tag"));
    }
    std::erase_if(*selected, [&](const Scenario& scenario) {
      return std::none_of(tags.begin(), tags.end(), [&](const std::string& tag) {
        return std::find(scenario.tags.begin(), scenario.tags.end(), tag) != scenario.tags.end();
      });
    });
  }
  if (options.quiet && !options.json) {
    for (const Scenario& scenario : *selected) call.console.Say(scenario.id);
    return 0;
  }
  if (!options.json) {
    SayTree(call.console, *selected);
    return 0;
  }
  const Means means = MeansDeclared(session_options.driver_registry, *system);
  Json list = Json::array();
  for (const Scenario& scenario : *selected) {
    list.push_back({{"id", scenario.id},
                    {"title", scenario.title},
                    {"file", scenario.file},
                    {"tags", scenario.tags},
                    {"checks", ChecksOf(scenario)},
                    // As the files tell; "": it applies.
                    {"inapplicable", WhyNotAtAll(scenario, *system, means, call.services.probes)}});
  }
  call.console.Say(DumpPretty(list));
  return 0;
}

}  // namespace

Command ListCommand() {
  return {.name = "list",
          .summary = "what there is to run, as a tree",
          .group = CommandGroup::kLook,
          .examples = {{"iff list -q tokens", "ids alone, one a line"}},
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            const auto tags = std::make_shared<std::vector<std::string>>();
            arguments = {
                {.names = "selection",
                 .into = &options.selectors,
                 .takes = Takes::kScenarios,
                 .help = "suites, scenario ids or files"},
                TargetsArgument(options),
                {.names = "--tag", .value = "TAG", .into = tags.get(), .help = "only scenarios tagged so (repeatable)"},
            };
            return {.act = [tags](const Call& call) { return List(call, *tags); }};
          }};
}

}  // namespace iff
