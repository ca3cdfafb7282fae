#include "harness/causes/kills.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "harness/core/new_file.h"
#include "harness/core/yaml.h"
#include "harness/core/yaml_text.h"

namespace iff {
namespace {

constexpr const char* kHeading =
    "# Which checks each mutant is killed by, of each target. Written by 'iff mutants --accept', which runs them;\n"
    "# reviewed as a diff, never edited.\n";

// A name as YAML, quoted where it could be read as something else.
std::string Quoted(const std::string& name) {
  std::string text = YamlText(Json(name));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

ChecksByTarget Without(const ChecksByTarget& from, const ChecksByTarget& what) {
  ChecksByTarget rest;
  for (const auto& [target, checks] : from) {
    const auto taken = what.find(target);
    std::set<std::string> left = checks;
    if (taken != what.end()) std::erase_if(left, [&](const auto& check) { return taken->second.contains(check); });
    if (!left.empty()) rest[target] = std::move(left);
  }
  return rest;
}

std::set<std::string> OfAllTargets(const ChecksByTarget& checks) {
  std::set<std::string> all;
  for (const auto& [target, some] : checks) all.insert(some.begin(), some.end());
  return all;
}

std::string KillsFile(const std::string& root) { return root + "/servers/mutants/kills.yaml"; }

Result<Kills> ReadKills(const std::string& path) {
  const YamlFile file = TRY(YamlFile::Load(path));
  YamlReader reader(file);
  Kills kills;
  for (const auto& [mutant, of_mutant] : reader.Entries("")) {
    ChecksByTarget& by_target = kills[mutant];
    for (const auto& [target, of_target] : reader.Entries(of_mutant)) {
      const std::vector<std::string> checks = reader.Texts(of_target);
      if (checks.empty()) reader.Mistake(of_target, "want the checks that fail, as a list");
      by_target[target] = {checks.begin(), checks.end()};
    }
    if (by_target.empty()) reader.Mistake(of_mutant, "want targets and the checks that fail of each");
  }
  if (!reader.mistakes().empty()) return Error(ErrorKind::kInvalidInput, reader.mistakes());
  return kills;
}

std::string KillsText(const Kills& kills) {
  std::string text = kHeading;
  for (const auto& [mutant, by_target] : kills) {
    text += Quoted(mutant) + ":\n";
    for (const auto& [target, checks] : by_target) {
      text += "  " + Quoted(target) + ":\n";
      for (const std::string& check : checks) text += "    - " + Quoted(check) + "\n";
    }
  }
  return text;
}

Result<void> WriteKills(const std::string& path, const Kills& kills) { return ReplaceFile(path, KillsText(kills)); }

}  // namespace iff
