#include "harness/prove/wrong_settings.h"
#include "harness/publish/stored_runs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "harness/publish/publish.h"

namespace iff {
namespace {

constexpr const char* kClean = "clean";

struct FailedCheck {
  std::string scenario = {};  // without its target
  std::string check = {};
  auto operator<=>(const FailedCheck&) const = default;
};

std::map<std::string, std::set<FailedCheck>> FailedByTarget(const RunResult& run) {
  std::map<std::string, std::set<FailedCheck>> failed;
  for (const ScenarioResult& scenario : run.scenarios) {
    std::set<FailedCheck>& of_target = failed[scenario.target];
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict == Verdict::kFailed)
          of_target.insert({scenario.id.substr(0, scenario.id.find('@')), check.id});
      }
    }
  }
  return failed;
}

}  // namespace

Result<std::vector<WrongSetting>> ReadWrongSettings(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<WrongSetting> settings;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    if (!fs::exists(entry.path() / "result.json")) continue;
    const RunResult run = TRY(ReadRun(entry.path().string()));
    const std::map<std::string, std::set<FailedCheck>> failed = FailedByTarget(run);
    const auto clean = failed.find(kClean);
    if (clean == failed.end()) continue;
    for (const auto& [target, checks] : failed) {
      if (target == kClean) continue;
      WrongSetting setting{.example = entry.path().filename().string(), .target = target};
      for (const FailedCheck& one : checks) {
        if (!clean->second.contains(one)) setting.tripped.insert(one.check);
      }
      settings.push_back(std::move(setting));
    }
  }
  if (settings.empty()) {
    return Error(ErrorKind::kUnavailable,
                 folder + " holds no run of an example: './iff test -L example' leaves them in example-results");
  }
  std::sort(settings.begin(), settings.end(), [](const WrongSetting& one, const WrongSetting& other) {
    return std::pair(one.example, one.target) < std::pair(other.example, other.target);
  });
  return settings;
}

}  // namespace iff
