// What tests of the examples share: the real program, what is expected of an example, and a folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/core/yaml.h"
#include "harness/environment/system.h"
#include "harness/publish/publish.h"
#include "harness/publish/stored_runs.h"

namespace iff {

namespace fs = std::filesystem;
using Findings = std::map<std::string, std::set<std::string>>;  // target -> "suite/scenario check"

inline std::string Programs() {
  char path[PATH_MAX] = {};
  (void)!readlink("/proc/self/exe", path, sizeof path - 1);
  return fs::path(path).parent_path().string();
}

inline std::string Contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Whether a night's tests are played, which take hours.
inline bool ByNight() { return std::getenv("IFF_BY_NIGHT") != nullptr; }

struct Expected {
  std::vector<std::string> selection = {};
  Findings findings = {};
};

// What is expected of an example, in all it is played by; by day only of what it adds to the others (decision 0063).
enum class Played { kAll, kByDay };
inline Expected ReadExpected(const fs::path& file, Played plays = Played::kAll) {
  const Result<YamlFile> yaml = YamlFile::Load(file.string());
  Expected expected;
  if (!yaml.ok()) {
    ADD_FAILURE() << yaml.error();
    return expected;
  }
  YamlReader reader(*yaml);
  for (const auto& [target, at] : reader.Entries("")) {
    reader.Members(at, {"run", "by_day", "finds"});
    const bool less = plays == Played::kByDay && reader.Has(at + "/by_day");
    const std::vector<std::string> played = reader.Texts(at + (less ? "/by_day" : "/run"));
    for (const std::string& what : played) {
      expected.selection.push_back(what == "all" ? "@" + target : what + "@" + target);
    }
    const auto is_played = [&](const std::string& scenario) {
      return !less || std::any_of(played.begin(), played.end(), [&](const std::string& what) {
        return scenario == what || scenario.starts_with(what + "/");
      });
    };
    if (!played.empty()) expected.findings[target];
    for (const std::string& item : reader.Items(at + "/finds")) {
      reader.Members(item, {"in", "checks", "because"});
      const std::string in = reader.Text(item + "/in", true);
      reader.Text(item + "/because", true);
      const std::vector<std::string> checks = reader.Texts(item + "/checks");
      if (!is_played(in)) continue;
      for (const std::string& check : checks) expected.findings[target].insert(in + " " + check);
    }
  }
  EXPECT_EQ(reader.mistakes(), "");
  return expected;
}

// What failed in a run, by target; every check that could not be judged fails the test.
inline Findings FailedIn(const RunResult& run, std::map<std::string, int>& passed) {
  Findings found;
  for (const ScenarioResult& scenario : run.scenarios) {
    EXPECT_EQ(scenario.error, "") << scenario.id;
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        EXPECT_NE(check.verdict, Verdict::kErrored) << scenario.id << " " << check.id << ": " << check.reason;
        passed[scenario.target] += check.verdict == Verdict::kPassed ? 1 : 0;
        if (check.verdict != Verdict::kFailed) continue;
        found[scenario.target].insert(scenario.id.substr(0, scenario.id.find('@')) + " " + check.id);
      }
    }
  }
  return found;
}

inline int Command(const std::string& folder, const std::string& arguments) {
  return WEXITSTATUS(std::system(("cd " + folder + " && " + Programs() + "/iff " + arguments).c_str()));
}

// Which environment a run of the file `wanted` is to use: the one that is up beside these tests for the file `up` where
// both want the same components, else one of its own. Each costs a start of Keycloak.
inline std::string FreshOption(const fs::path& wanted, const fs::path& up) {
  const Result<System> here = LoadSystem(wanted.string());
  const Result<System> there = LoadSystem(up.string());
  const auto same = [](const ComponentSpec& a, const ComponentSpec& b) {
    return a.name == b.name && a.driver == b.driver && a.options == b.options;
  };
  const bool shared = here.ok() && there.ok() &&
                      std::equal(here->components.begin(), here->components.end(), there->components.begin(),
                                 there->components.end(), same);
  return shared ? "" : "--fresh ";
}

// What is stored of a run of an example is judged as what was seen.
inline void ExpectJudgedAlike(const std::string& system, const std::string& out) {
  const std::string said = out + "/judged-again.json";
  const int code = Command(".", "judge " + out + " --system " + system + " --json > " + said);
  EXPECT_TRUE(code == 0 || code == 1 || code == 2) << code << ": " << said;
  const Result<Json> judged = ReadJson(said);
  ASSERT_TRUE(judged.ok()) << judged.error();
  EXPECT_GT(AtOr<int64_t>(*judged, "/checks", 0), 0);
  EXPECT_EQ(AtOr<Json>(*judged, "/differences", nullptr), Json::array());
}

inline std::string Variable(const char* name, const std::string& otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

// What ./iff fetched for them.
inline fs::path Tools() {
  const std::string caches = Variable("XDG_CACHE_HOME", Variable("HOME", "") + "/.cache");
  return fs::path(Variable("IFF_CACHE", caches + "/iff")) / "tools";
}

// A folder with one server in it, as its author has it, and nothing of ours.
inline fs::path FolderWith(const std::string& server) {
  const fs::path folder = fs::path(testing::TempDir()) /
                          (fs::path(server).parent_path().filename().string() + "-" + std::to_string(getpid()));
  fs::create_directories(folder);
  fs::copy_file(server, folder / fs::path(server).filename(), fs::copy_options::overwrite_existing);
  return folder;
}

}  // namespace iff
