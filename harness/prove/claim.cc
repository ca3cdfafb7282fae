#include "harness/prove/claim.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "harness/core/yaml.h"
#include "harness/launch/descriptor.h"
#include "harness/session/session.h"

namespace iff {
namespace {

// What `program --list` prints.
Result<std::string> ListOf(const std::string& program) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("make a pipe", errno);
  const Descriptor from(ends[0]);
  Descriptor into(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string name = program;
  std::string option = "--list";
  char* const arguments[] = {name.data(), option.data(), nullptr};
  pid_t child = -1;
  const int problem = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  into = {};
  if (problem != 0) {
    return Error(ErrorKind::kUnavailable,
                 "list mutants: " + program + " cannot be run: 'ninja iff_mutants' in the build's folder makes it");
  }
  std::string text;
  std::array<char, 1 << 16> bytes = {};
  for (ssize_t got = 1; got > 0;) {
    got = read(from.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR)
      got = 1;
    else if (got > 0)
      text.append(bytes.data(), static_cast<size_t>(got));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) return Error(ErrorKind::kUnavailable, "list mutants: " + program + " --list failed");
  return text;
}

// "vault.leeway=60", or "vault.misconfiguration=policy-for-everybody".
Result<void> ReadSetting(const std::string& setting, Claim& claim) {
  const size_t dot = setting.find('.');
  const size_t equals = setting.find('=');
  if (dot == 0 || dot >= equals || equals == std::string::npos || dot + 1 == equals) {
    return Error(ErrorKind::kInvalidInput,
                 "mutant " + claim.name + ": system: " + setting + ": want component.option=value");
  }
  const std::string value = setting.substr(equals + 1);
  if (setting.substr(dot + 1, equals - dot - 1) == "misconfiguration") {
    claim.misconfigurations[setting.substr(0, dot)] = value;
    return {};
  }
  const Result<YamlFile> read = YamlFile::Parse(claim.name, value);
  claim.options[setting.substr(0, equals)] = read.ok() ? read->value() : Json(value);
  return {};
}

Result<std::vector<std::string>> TextsAt(const Json& entry, const std::string& pointer) {
  const Json texts = TRY(At<Json>(entry, pointer));
  const bool are_texts =
      texts.is_array() && std::all_of(texts.begin(), texts.end(), [](const Json& text) { return text.is_string(); });
  if (!are_texts) return Error(ErrorKind::kInvalidInput, pointer + " holds no list of texts");
  return texts.get<std::vector<std::string>>();
}

Result<Claim> ReadMutant(const Json& entry) {
  Claim claim;
  claim.name = TRY(At<std::string>(entry, "/name"));
  claim.family = TRY(At<std::string>(entry, "/family"));
  claim.fault = TRY(At<std::string>(entry, "/fault"));
  claim.targets = TRY(TextsAt(entry, "/targets"));
  claim.suites = TRY(TextsAt(entry, "/suites"));
  const std::vector<std::string> sometimes = TRY(TextsAt(entry, "/sometimes"));
  claim.sometimes = {sometimes.begin(), sometimes.end()};
  const std::vector<std::string> settings = TRY(TextsAt(entry, "/system"));
  for (const std::string& setting : settings) TRY(ReadSetting(setting, claim));
  claim.reuses_targets = AtOr<bool>(entry, "/reuses_targets", false);
  const bool changes_server = TRY(At<bool>(entry, "/changes_server"));
  if (claim.name.empty() || claim.fault.empty() || claim.targets.empty()) {
    return Error(ErrorKind::kInvalidInput, "mutant '" + claim.name + "' lacks a name, a fault or a target");
  }
  if (!changes_server && !claim.changes_system()) {
    return Error(
        ErrorKind::kInvalidInput,
        "mutant " + claim.name + ": neither hooks nor system, such as \"component.option=60\": nothing is wrong");
  }
  return claim;
}

// Each check is proven by the mutant of fewest kills that trips it, which is most about it; of several the first by
// name.
void ShareOutProofs(std::vector<Claim>& claims) {
  std::map<std::string, std::pair<size_t, Claim*>> best;  // by check
  for (Claim& claim : claims) {
    const std::set<std::string> kills = OfAllTargets(claim.killed_by);
    for (const std::string& check : kills) {
      const auto [one, is_first] = best.try_emplace(check, kills.size(), &claim);
      if (!is_first && kills.size() < one->second.first) one->second = {kills.size(), &claim};
    }
  }
  for (const auto& [check, one] : best) one.second->proves.insert(check);
}

}  // namespace

Result<std::vector<Claim>> ParseMutants(std::string_view list) {
  const Json entries = TRY(ParseJson(list).While("read the list of mutants"));
  std::vector<Claim> claims;
  for (const Json& entry : entries) claims.push_back(TRY(ReadMutant(entry).While("read the list of mutants")));
  std::sort(claims.begin(), claims.end(), [](const Claim& one, const Claim& other) { return one.name < other.name; });
  const auto twice = std::adjacent_find(claims.begin(), claims.end(),
                                        [](const Claim& one, const Claim& other) { return one.name == other.name; });
  if (twice != claims.end()) {
    return Error(ErrorKind::kInvalidInput,
                 "mutant " + twice->name + " is there twice, in " + twice->family + " and " + std::next(twice)->family);
  }
  return claims;
}

Result<std::vector<Claim>> ReadMutants(const Places& places) {
  const std::string list = TRY(ListOf(places.programs + "/iff-mutant"));
  return ParseMutants(list);
}

Result<std::vector<Claim>> ReadClaims(const Places& places, const std::vector<std::string>& wanted, StaleKills stale) {
  std::vector<Claim> claims = TRY(ReadMutants(places));
  const std::string file = KillsFile(places.root);
  std::error_code unknown;
  Kills kills;
  if (stale == StaleKills::kRefused || std::filesystem::exists(file, unknown)) kills = TRY(ReadKills(file));
  std::vector<std::string> names;
  for (Claim& claim : claims) {
    names.push_back(claim.name);
    const auto accepted = kills.find(claim.name);
    if (accepted != kills.end()) claim.killed_by = std::move(accepted->second);
  }
  for (const auto& [name, checks] : kills) {
    if (stale == StaleKills::kPassedOver || std::binary_search(names.begin(), names.end(), name)) continue;
    return Error(ErrorKind::kInvalidInput, file + ": no mutant is called '" + name + "'" + DidYouMean(name, names) +
                                               "; 'iff mutants --accept' takes it out");
  }
  ShareOutProofs(claims);
  return Wanted(claims, wanted);
}

Result<std::vector<Claim>> Wanted(const std::vector<Claim>& claims, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return claims;
  std::vector<std::string> names;
  for (const Claim& claim : claims) names.push_back(claim.name);
  for (const std::string& name : wanted) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return Error(ErrorKind::kInvalidInput, "no mutant called '" + name + "'" + DidYouMean(name, names));
    }
  }
  std::vector<Claim> some;
  for (const Claim& claim : claims) {
    if (std::find(wanted.begin(), wanted.end(), claim.name) != wanted.end()) some.push_back(claim);
  }
  return some;
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

std::vector<Scenario> AskingForKills(const Claim& claim, std::vector<Scenario> scenarios) {
  if (claim.killed_by.empty() || claim.reuses_targets) return scenarios;
  std::erase_if(scenarios, [&](const Scenario& scenario) {
    std::set<std::string> telling = claim.sometimes;
    const auto kills = claim.killed_by.find(scenario.target);
    if (kills != claim.killed_by.end()) telling.insert(kills->second.begin(), kills->second.end());
    const std::set<std::string> asked = CheckIdsOf({scenario});
    return std::none_of(asked.begin(), asked.end(), [&](const std::string& check) { return telling.contains(check); });
  });
  return scenarios;
}

std::vector<Scenario> AskingForProofs(const Claim& claim, std::vector<Scenario> scenarios) {
  scenarios = AskingForKills(claim, std::move(scenarios));
  if (claim.killed_by.empty() || claim.reuses_targets) return scenarios;
  ChecksByTarget proofs;  // each check at one target
  std::set<std::string> left = claim.proves;
  for (const auto& [target, kills] : claim.killed_by) {
    for (const std::string& check : kills) {
      if (left.erase(check) > 0) proofs[target].insert(check);
    }
  }
  // Where none is left to it, a check that others prove too.
  if (proofs.empty()) proofs[claim.killed_by.begin()->first] = {*claim.killed_by.begin()->second.begin()};
  std::erase_if(scenarios, [&](const Scenario& scenario) {
    const auto here = proofs.find(scenario.target);
    if (here == proofs.end()) return true;
    const std::set<std::string> asked = CheckIdsOf({scenario});
    return std::ranges::none_of(asked, [&](const std::string& check) { return here->second.contains(check); });
  });
  return scenarios;
}

ChecksByTarget AskedElsewhere(const std::vector<Scenario>& scenarios, const std::vector<Scenario>& all) {
  std::set<std::pair<std::string, std::string>> played;
  for (const Scenario& scenario : scenarios) played.insert({scenario.id, scenario.target});
  ChecksByTarget asked;
  for (const Scenario& scenario : all) {
    if (!played.contains({scenario.id, scenario.target})) asked[scenario.target].merge(CheckIdsOf({scenario}));
  }
  return asked;
}

void Apply(const Claim& claim, SessionOptions& options) {
  for (const auto& [name, value] : claim.options) options.overrides[name] = value;
  for (const auto& [component, misconfiguration] : claim.misconfigurations)
    options.misconfigurations[component] = misconfiguration;
}

}  // namespace iff
