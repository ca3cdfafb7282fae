// Every scenario and every mutant as a GoogleTest of its own, so that ctest, IDEs and --gtest_filter work.
// The runner is the command line's: each test hands its id to the environment that is up, which a ctest
// fixture brought up.
#include <gtest/gtest.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>

#include "harness/cli/stored.h"
#include "harness/prove/claim.h"
#include "harness/prove/kill_matrix.h"
#include "harness/publish/publish.h"
#include "harness/publish/stored_runs.h"
#include "harness/replay/judge_again.h"
#include "harness/session/resident.h"
#include "harness/session/session.h"
#include "harness/session/session_testing.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

std::string Root() {
  const char* given = std::getenv("IFF_ROOT");
  return given == nullptr ? fs::current_path().string() : given;
}

// GoogleTest's filter gives '-' and ':' a meaning of their own.
std::string TestName(std::string id) {
  for (char& c : id) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return id;
}

class HandedOver : public testing::Test {
 public:
  explicit HandedOver(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {}

  void TestBody() override {
    std::fflush(stdout);
    const Result<std::optional<int>> code = AskResident(ResidentName(Root()), arguments_);
    ASSERT_TRUE(code.ok()) << code.error();
    ASSERT_TRUE(code->has_value()) << "no environment is up: 'iff up' brings one up, ctest does so by a fixture";
    EXPECT_EQ(**code, 0);
  }

 private:
  std::vector<std::string> arguments_;
};

// The scenarios of a suite, played by one command as users do; each is held against its part of that run, and judged
// again from what was stored of it, with the same verdicts.
class Played : public testing::Test {
 public:
  explicit Played(std::string id) : id_(std::move(id)) {}

  static void SetUpTestSuite() {
    const testing::TestSuite& suite = *testing::UnitTest::GetInstance()->current_test_suite();
    std::vector<std::string> command = {"run"};
    std::vector<Scenario> scenarios;
    for (int i = 0; i < suite.total_test_count(); ++i) {
      const testing::TestInfo& test = *suite.GetTestInfo(i);
      if (!test.should_run()) continue;
      scenarios.push_back(known_.at(std::string(suite.name()) + "." + test.name()));
      command.push_back(scenarios.back().id);
    }
    const std::string folder = results_ + "/" + suite.name();
    command.insert(command.end(), {"--quiet", "--output", folder});
    std::fflush(stdout);
    const Result<std::optional<int>> code = AskResident(ResidentName(Root()), command);
    ASSERT_TRUE(code.ok()) << code.error();
    ASSERT_TRUE(code->has_value()) << "no environment is up: 'iff up' brings one up, ctest does so by a fixture";
    Result<RunResult> run = ReadRun(folder);
    ASSERT_TRUE(run.ok()) << run.error();
    const Result<void> loaded = LoadArtefacts(folder, *run);
    ASSERT_TRUE(loaded.ok()) << loaded.error();
    for (const std::string& line : JudgedOtherwise(*run, scenarios)) ADD_FAILURE() << line;
    run_ = std::move(run).value();
    const bool fine = std::none_of(run_->scenarios.begin(), run_->scenarios.end(), IsWanting);
    if (fine) {
      EXPECT_EQ(**code, 0) << "though every scenario passed";
    }
  }
  static void TearDownTestSuite() { run_.reset(); }

  void TestBody() override {
    ASSERT_TRUE(run_.has_value()) << "its suite was not played";
    const auto result = std::find_if(run_->scenarios.begin(), run_->scenarios.end(),
                                     [&](const ScenarioResult& each) { return each.id == id_; });
    ASSERT_NE(result, run_->scenarios.end()) << "it was not played";
    EXPECT_FALSE(IsWanting(*result)) << result->error;
    for (const StepResult& step : result->steps) {
      for (const Check& check : step.checks) {
        EXPECT_TRUE(check.verdict == Verdict::kPassed || check.verdict == Verdict::kInapplicable || check.known)
            << check.id << ": " << check.reason;
      }
    }
  }

  static void Register(const Scenario& scenario, const std::string& file, const std::string& results) {
    results_ = results;
    const std::string name = TestName(scenario.id.substr(scenario.suite.size() + 1));
    known_.emplace(scenario.suite + "." + name, scenario);
    testing::RegisterTest(scenario.suite.c_str(), name.c_str(), nullptr, nullptr, file.c_str(), 1,
                          [id = scenario.id] { return new Played(id); });
  }

 private:
  static bool IsWanting(const ScenarioResult& result) {
    return result.verdict() != Verdict::kPassed && result.verdict() != Verdict::kInapplicable;
  }

  static inline std::map<std::string, Scenario> known_;  // "suite.test"
  static inline std::string results_;
  static inline std::optional<RunResult> run_;  // of the suite whose tests run
  std::string id_;
};

int RegisterScenarios(const std::string& results) {
  const std::string root = Root();
  const SessionOptions options{.places = {.root = root},
                               .system_file = root + "/systems/vault-demo/system.yaml",
                               .driver_registry = DeclaredDrivers()};
  const ProbeSet probes = AllProbes();
  const Result<System> system = LoadSystemFor(options);
  if (!system.ok()) {
    std::fprintf(stderr, "%s\n", system.error().message().c_str());
    return 64;
  }
  const Result<std::vector<Suite>> suites = LoadAllSuites(options, *system, probes);
  if (!suites.ok()) {
    std::fprintf(stderr, "%s\n", suites.error().message().c_str());
    return 64;
  }
  for (const Suite& suite : *suites) {
    for (const Scenario& scenario : suite.scenarios) {
      Played::Register(scenario, root + "/" + scenario.file, results);
    }
  }
  return 0;
}

// A real run, its recordings played again, judged again, and turned into a scenario.
class RecordedRun : public testing::Test {
 public:
  explicit RecordedRun(std::string folder) : folder_(std::move(folder)) {}

  void TestBody() override {
    Ask({"run", "isolation/own-things", "isolation/whoami@jira", "missing_credential/no-jira", "lifetime/tokens@jira",
         "--quiet", "--output", folder_},
        0);
    if (HasFatalFailure()) return;
    size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ + "/recordings")) {
      if (!entry.is_regular_file()) continue;
      ++files;
      ExpectNothingOfThatRun(entry.path());
    }
    EXPECT_EQ(files, 6U);

    Ask({"replay", folder_}, 0);
    // Another server: bob is served without a credential of his own, and that is seen.
    Ask({"replay", folder_ + "/missing_credential/no-jira", "--mutant", "falls-back-to-service-account"}, 1);
    const std::string scenario = folder_ + "/regressions/own-things.yaml";
    Ask({"replay", folder_ + "/isolation/own-things@jira", "--as-scenario", scenario}, 0);
    EXPECT_TRUE(fs::exists(scenario));

    Options options;
    options.path = folder_;
    const SessionOptions session{.places = {.root = Root()},
                                 .system_file = Root() + "/systems/vault-demo/system.yaml",
                                 .driver_registry = DeclaredDrivers()};
    std::string said;
    EXPECT_EQ(
        JudgeStored(session, AllProbes(), options, [&](std::string_view line) { said.append(line).append("\n"); }), 0);
    EXPECT_NE(said.find(" checks judged again, 0 otherwise than before"), std::string::npos) << said;
  }

 private:
  void Ask(const std::vector<std::string>& arguments, int expected) {
    std::fflush(stdout);
    const Result<std::optional<int>> code = AskResident(ResidentName(Root()), arguments);
    ASSERT_TRUE(code.ok()) << code.error();
    ASSERT_TRUE(code->has_value()) << "no environment is up";
    ASSERT_EQ(**code, expected) << "iff " << arguments[0] << " " << arguments[1];
  }

  // No secret, and nothing that would be another next time. What is secret the gate has looked for by value; this
  // looks by form.
  static void ExpectNothingOfThatRun(const fs::path& path) {
    std::ifstream in(path);
    const std::regex forms(
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|127\\.0\\.0\\.1:[0-9]|eyJ[A-Za-z0-9_-]{8}|"
        "canary-[a-z]|ifft_|hvs\\.|[^0-9][0-9]{10}[^0-9]|[0-9]T[0-9]{2}:[0-9]{2}|(alice|bob|carol)-[a-z0-9]{5}[^a-z0-"
        "9]");
    size_t number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      if (line.starts_with("server: ")) continue;  // a hash of the program may look like anything
      std::smatch found;
      EXPECT_FALSE(std::regex_search(line, found, forms))
          << path << ":" << number << ": " << found.str() << " in " << line;
    }
    EXPECT_GT(number, 10U) << path;
  }

  std::string folder_;
};

void RegisterReplay(const std::string& folder) {
  testing::RegisterTest("replay", "a_real_run_is_unchanged", nullptr, nullptr, __FILE__, __LINE__,
                        [folder]() -> testing::Test* { return new RecordedRun(folder); });
}

// A mutant, which is missing in the table of what ran until its run is over, whatever ends it. By day it plays what
// shows that it is noticed, and what no other proves; all that it is killed by, and what fails beside that, by night.
class HandedOverMutant : public HandedOver {
 public:
  HandedOverMutant(std::string folder, std::string name)
      : HandedOver({"mutants", name, "--proofs-only", "--keep", folder}),
        folder_(std::move(folder)),
        name_(std::move(name)) {}

  void TestBody() override {
    const Result<void> noted = NoteAsked(folder_, name_);
    ASSERT_TRUE(noted.ok()) << noted.error();
    HandedOver::TestBody();
  }

 private:
  std::string folder_;
  std::string name_;
};

// What becomes of each is kept, for the table of all: iff mutants --from FOLDER. Those of a family are one suite; those
// that bring up a system of their own another, as each takes long.
int RegisterMutants(const std::string& programs, const std::string& folder) {
  const Result<std::vector<Claim>> mutants = ReadMutants({.root = Root(), .programs = programs});
  if (!mutants.ok()) {
    std::fprintf(stderr, "%s\n", mutants.error().message().c_str());
    return 64;
  }
  for (const Claim& mutant : *mutants) {
    const std::string suite = "mutants_" + (mutant.changes_system() ? std::string("of_systems") : mutant.family);
    const std::string file = Root() + "/servers/mutants/" + mutant.family + ".cc";
    testing::RegisterTest(
        suite.c_str(), TestName(mutant.name).c_str(), nullptr, nullptr, file.c_str(), 1,
        [folder, name = mutant.name]() -> testing::Test* { return new HandedOverMutant(folder, name); });
  }
  return 0;
}

}  // namespace
}  // namespace iff

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  char path[PATH_MAX] = {};
  (void)!readlink("/proc/self/exe", path, sizeof path - 1);
  const std::string bin = std::filesystem::path(path).parent_path().string();
  if (const int code = iff::RegisterScenarios(bin + "/../scenario-results"); code != 0) return code;
  iff::RegisterReplay(bin + "/../scenario-results/recorded-run");
  if (const int code = iff::RegisterMutants(bin, bin + "/../mutants"); code != 0) return code;
  return RUN_ALL_TESTS();
}
