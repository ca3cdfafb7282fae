#include "harness/causes/catalogue.h"

#include <algorithm>

#include "harness/causes/kills.h"
#include "harness/core/yaml.h"

namespace iff {
namespace {

Gravity ReadGravity(YamlReader& reader, const std::string& at) {
  std::vector<std::string> names;
  for (const Gravity gravity : kGravities) names.emplace_back(Name(gravity));
  const std::string name = reader.OneOf(at, names);
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? Gravity::kForm : kGravities[static_cast<size_t>(found - names.begin())];
}

}  // namespace

Result<CauseCatalogue> LoadCauses(const std::string& root) {
  const YamlFile file = TRY(YamlFile::Load(root + "/scenarios/causes.yaml"));
  const Kills kills = TRY(ReadKills(KillsFile(root)));
  YamlReader reader(file);
  CauseCatalogue catalogue;
  std::set<std::string> names;
  std::set<std::string> mutants;
  reader.Members("", {"causes", "no_causes"});
  for (const std::string& at : reader.Items("/causes")) {
    reader.Members(at, {"cause", "says", "gravity", "fix", "clause", "mutants", "examples", "shown_by", "also"});
    Cause cause{.name = reader.Text(at + "/cause", true),
                .says = reader.Text(at + "/says", true),
                .gravity = ReadGravity(reader, at + "/gravity"),
                .fix = reader.Text(at + "/fix", true),
                .clause = reader.Text(at + "/clause"),
                .mutants = reader.Texts(at + "/mutants")};
    std::set<std::set<std::string>> patterns;
    for (const auto& [example, checks] : reader.Entries(at + "/examples")) {
      const std::vector<std::string> failed = reader.Texts(checks);
      if (failed.empty()) reader.Mistake(checks, "want the checks that fail there, as a list");
      cause.examples[example] = {failed.begin(), failed.end()};
      patterns.insert(cause.examples[example]);
    }
    for (const std::string& mutant : cause.mutants) {
      if (!mutants.insert(mutant).second) reader.Mistake(at + "/mutants", "mutant " + mutant + " is of another cause");
      const auto of = kills.find(mutant);
      if (of == kills.end()) continue;
      for (const auto& [target, checks] : of->second) patterns.insert(checks);
    }
    const std::vector<std::string> shown_by = reader.Texts(at + "/shown_by");
    cause.shown_by = {shown_by.begin(), shown_by.end()};
    if (cause.shown_by.size() == 1)
      reader.Mistake(at + "/shown_by", "want two checks at least: one may fail by another fault");
    const std::vector<std::string> also = reader.Texts(at + "/also");
    cause.also = {also.begin(), also.end()};
    cause.patterns = {patterns.begin(), patterns.end()};
    if (cause.mutants.empty() && cause.examples.empty()) reader.Mistake(at, "no mutant and no example shows it");
    if (!names.insert(cause.name).second) reader.Mistake(at + "/cause", "there is a cause of this name already");
    catalogue.causes.push_back(std::move(cause));
  }
  for (const auto& [mutant, at] : reader.Entries("/no_causes")) {
    if (!mutants.insert(mutant).second) reader.Mistake(at, "mutant " + mutant + " is of a cause");
    catalogue.no_causes[mutant] = reader.Text(at, true);
  }
  if (!reader.mistakes().empty()) return Error(ErrorKind::kInvalidInput, reader.mistakes());
  return catalogue;
}

}  // namespace iff
