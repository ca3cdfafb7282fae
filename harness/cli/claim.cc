#include "harness/cli/claim.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness/cli/session.h"
#include "harness/core/yaml.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

// What stands between backquotes in `line`.
std::vector<std::string> Quoted(const std::string& line) {
  std::vector<std::string> words;
  for (size_t begin = line.find('`'); begin != std::string::npos; begin = line.find('`', begin)) {
    const size_t end = line.find('`', begin + 1);
    if (end == std::string::npos) break;
    words.push_back(line.substr(begin + 1, end - begin - 1));
    begin = end + 1;
  }
  return words;
}

// "vault.leeway=60", or "vault.weakness=policy-for-everybody".
Result<void> ReadSetting(const std::string& setting, Claim& claim) {
  const size_t dot = setting.find('.');
  const size_t equals = setting.find('=');
  if (dot == 0 || dot >= equals || equals == std::string::npos || dot + 1 == equals) {
    return Error(ErrorKind::kInvalidInput,
                 "mutant " + claim.name + ": System: " + setting + ": want component.option=value");
  }
  const std::string value = setting.substr(equals + 1);
  if (setting.substr(dot + 1, equals - dot - 1) == "weakness") {
    claim.weaknesses[setting.substr(0, dot)] = value;
    return {};
  }
  const Result<YamlFile> read = YamlFile::Parse(claim.name, value);
  claim.options[setting.substr(0, equals)] = read.ok() ? read->value() : Json(value);
  return {};
}

Result<Claim> ReadClaim(const fs::path& folder) {
  Claim claim{.name = folder.filename().string()};
  std::ifstream in(folder / "README.md");
  if (!in) return Error(ErrorKind::kInvalidInput, "mutant " + claim.name + ": no README.md");
  std::set<std::string>* list = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("Targets:")) claim.targets = Quoted(line);
    if (line.starts_with("Suites:")) claim.suites = Quoted(line);
    if (line.starts_with("System:")) {
      for (const std::string& setting : Quoted(line)) TRY(ReadSetting(setting, claim));
    }
    if (line.starts_with("Fault:")) claim.fault = line.substr(7);
    if (line.starts_with("Caught by")) list = &claim.caught_by;
    if (line.starts_with("Sometimes also by")) list = &claim.sometimes;
    if (list != nullptr && line.starts_with("- ")) {
      for (const std::string& check : Quoted(line)) list->insert(check);
    }
  }
  if (claim.targets.empty() || claim.caught_by.empty() || claim.fault.empty()) {
    return Error(
        ErrorKind::kInvalidInput,
        "mutant " + claim.name + ": its README needs 'Fault: ...', 'Targets: `jira`' and a list under 'Caught by'");
  }
  if (!claim.changes_system() && !fs::exists(folder / "mutant.cc")) {
    return Error(
        ErrorKind::kInvalidInput,
        "mutant " + claim.name + ": neither a mutant.cc nor a line 'System: `vault.leeway=60`': nothing is wrong");
  }
  return claim;
}

}  // namespace

Result<std::vector<Claim>> ReadClaims(const std::string& root, const std::vector<std::string>& wanted) {
  std::vector<fs::path> folders;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(root + "/servers/mutants", problem)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  if (problem) return SystemError("read servers/mutants", problem.value());
  std::sort(folders.begin(), folders.end());
  std::vector<std::string> names;
  std::vector<Claim> claims;
  for (const fs::path& folder : folders) {
    names.push_back(folder.filename().string());
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), names.back()) != wanted.end()) {
      claims.push_back(TRY(ReadClaim(folder)));
    }
  }
  for (const std::string& name : wanted) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return Error(ErrorKind::kInvalidInput, "no mutant called '" + name + "'" + DidYouMean(name, names));
    }
  }
  return claims;
}

std::set<std::string> CheckIdsOf(const std::vector<Scenario>& scenarios) {
  std::set<std::string> ids;
  for (const Scenario& scenario : scenarios) {
    for (const Step& step : scenario.steps) {
      for (const Expectation& expectation : step.expect) ids.insert(expectation.check);
    }
  }
  return ids;
}

void Apply(const Claim& claim, SessionOptions& options) {
  for (const auto& [name, value] : claim.options) options.overrides[name] = value;
  for (const auto& [component, weakness] : claim.weaknesses) options.weaknesses[component] = weakness;
}

bool ReplacesServer(const std::string& root, const std::string& mutant) {
  std::error_code problem;
  const fs::path folder = fs::path(root) / "servers/mutants" / mutant;
  // A name nobody has is for the program to refuse.
  return !mutant.empty() && (fs::exists(folder / "mutant.cc", problem) || !fs::exists(folder, problem));
}

}  // namespace iff
