// What the shells' scripts ask: `iff complete -- WORD ...`.
#include <filesystem>

#include "harness/causes/kills.h"
#include "harness/cli/completion.h"
#include "harness/cli/dispatch.h"
#include "harness/cli/explain.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> FoldersIn(const std::string& place) {
  std::vector<std::string> names;
  std::error_code problem;
  for (fs::directory_iterator entry(place, problem), end; !problem && entry != end; entry.increment(problem)) {
    if (entry->is_directory()) names.push_back(entry->path().filename().string());
  }
  return names;
}

// Mistakes in files only mean that there is less to propose.
std::vector<std::string> WordsFor(const Call& call, Takes kind) {
  const std::string& root = call.services.places.root;
  if (kind == Takes::kMutants) {
    const Result<Kills> kills = ReadKills(KillsFile(root));
    std::vector<std::string> names;
    if (!kills.ok()) return names;
    for (const auto& [name, checks] : *kills) names.push_back(name);
    return names;
  }
  if (kind == Takes::kSystems) return FoldersIn(root + "/systems");
  if (kind != Takes::kScenarios && kind != Takes::kTargets && kind != Takes::kPeople && kind != Takes::kTopic)
    return {};
  const SessionOptions options = SessionOptionsFor(call);
  const Result<System> system = LoadSystemFor(options);
  if (!system.ok()) return {};
  std::vector<std::string> words;
  if (kind == Takes::kTargets) {
    for (const auto& [name, target] : system->targets) words.push_back(name);
    return words;
  }
  if (kind == Takes::kPeople) {
    for (const auto& [persona, person] : system->people) words.push_back(persona);
    return words;
  }
  const Result<std::vector<Suite>> suites = LoadAllSuites(options, *system, call.services.probes);
  if (!suites.ok()) return {};
  if (kind == Takes::kTopic) {
    const Result<Explanations> explanations = LoadExplanations(root);
    return explanations.ok() ? Topics(*explanations, *suites) : words;
  }
  for (const Suite& suite : *suites) {
    words.push_back(suite.name);
    for (const Scenario& scenario : suite.scenarios) {
      words.push_back(scenario.id.substr(0, scenario.id.find('@')));
      words.push_back(scenario.id);
    }
  }
  return words;
}

}  // namespace

Command CompleteCommand() {
  return {.name = "complete",
          .summary = "what may come next on a command line",
          .group = CommandGroup::kLook,
          .shared = Shared::kNone,
          .hidden = true,
          .declare = [](Options&, Arguments& arguments) -> CommandAction {
            const auto words = std::make_shared<std::vector<std::string>>();
            arguments = {{.names = "words", .into = words.get(), .help = "what is typed so far"}};
            return {.act = [words](const Call& call) {
              const auto words_of = [&](Takes kind) { return WordsFor(call, kind); };
              for (const std::string& word : Complete(*words, words_of)) call.console.Say(word);
              return 0;
            }};
          }};
}

}  // namespace iff
