// Each example, judged by the real program: exactly what its expected.yaml says is found, and nothing is left unjudged.
#include <gtest/gtest.h>
#include <limits.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "harness/cli/publish.h"
#include "harness/core/yaml.h"
#include "harness/environment/system.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using Findings = std::map<std::string, std::set<std::string>>;  // target -> "suite/scenario check"

std::string Programs() {
  char path[PATH_MAX] = {};
  (void)!readlink("/proc/self/exe", path, sizeof path - 1);
  return fs::path(path).parent_path().string();
}

struct Expected {
  std::vector<std::string> selection = {};
  Findings findings = {};
};

Expected Read(const fs::path& file) {
  const Result<YamlFile> yaml = YamlFile::Load(file.string());
  Expected expected;
  if (!yaml.ok()) {
    ADD_FAILURE() << yaml.error();
    return expected;
  }
  YamlReader reader(*yaml);
  for (const auto& [target, at] : reader.Entries("")) {
    reader.Members(at, {"run", "finds"});
    for (const std::string& what : reader.Texts(at + "/run")) {
      expected.selection.push_back(what == "all" ? "@" + target : what + "@" + target);
    }
    expected.findings[target];
    for (const std::string& item : reader.Items(at + "/finds")) {
      reader.Members(item, {"in", "checks", "because"});
      const std::string in = reader.Text(item + "/in", true);
      reader.Text(item + "/because", true);
      for (const std::string& check : reader.Texts(item + "/checks")) expected.findings[target].insert(in + " " + check);
    }
  }
  EXPECT_EQ(reader.mistakes(), "");
  return expected;
}

class Example : public testing::TestWithParam<std::string> {};

TEST_P(Example, IsFoundToBeWhatItIs) {
  const fs::path folder = fs::absolute("examples") / GetParam();
  const Expected expected = Read(folder / "expected.yaml");
  const std::string out = Programs() + "/../example-results/" + GetParam();
  std::string command = Programs() + "/iff run --fresh --quiet --system " + (folder / "iff.yaml").string() + " --output " + out;
  for (const std::string& what : expected.selection) command += " " + what;
  std::error_code unknown;
  fs::remove_all(out, unknown);
  const int status = std::system(command.c_str());
  const Result<RunResult> run = ReadRun(out);
  ASSERT_TRUE(run.ok()) << run.error() << "\n" << command;

  Findings found;
  std::map<std::string, int> passed;
  for (const auto& [target, unused] : expected.findings) found[target];
  for (const ScenarioResult& scenario : run->scenarios) {
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
  for (const auto& [target, checks] : expected.findings) {
    EXPECT_EQ(found[target], checks) << target;
    EXPECT_GT(passed[target], 3) << target << ": a server of which little works proves nothing";
  }
  bool any = false;
  for (const auto& [target, checks] : expected.findings) any = any || !checks.empty();
  EXPECT_EQ(WEXITSTATUS(status), any ? 1 : 0);
}

INSTANTIATE_TEST_SUITE_P(Examples, Example, testing::Values("python-sdk", "fastmcp", "typescript-sdk", "go-sdk", "plain-post", "api-key"),
                         [](const auto& given) {
                           std::string name = given.param;
                           std::erase(name, '-');
                           return name;
                         });

struct Worthless {
  const char* way;
  const char* called;  // in the sentence that names it
  int code;
};

// None is ever called safe, and each is called what it is.
class WorthlessServer : public testing::TestWithParam<Worthless> {};

TEST_P(WorthlessServer, IsNotSafeAndIsCalledWhatItIs) {
  const auto& [way, called, code] = GetParam();
  const std::string out = Programs() + "/../example-results/worthless-" + way;
  std::error_code unknown;
  fs::remove_all(out, unknown);
  const std::string command = Programs() + "/iff run --fresh --quiet --system examples/worthless/iff.yaml --output " + out;
  std::string selection;
  for (const char* what : {"isolation/own-things", "authorization/matrix", "cross_subject/others-things"}) {
    selection += std::string(" ") + what + "@" + way;
  }
  const int status = std::system((command + selection).c_str());
  EXPECT_EQ(WEXITSTATUS(status), code);
  const Result<RunResult> run = ReadRun(out);
  ASSERT_TRUE(run.ok()) << run.error();
  ASSERT_EQ(run->scenarios.size(), 3U);
  EXPECT_EQ(run->totals().passed, 0) << "nothing here proves anything";
  for (const ScenarioResult& scenario : run->scenarios) {
    EXPECT_NE(scenario.verdict(), Verdict::kPassed) << scenario.id;
    EXPECT_NE(scenario.error.find(called), std::string::npos) << scenario.id << ": " << scenario.error;
  }
}

INSTANTIATE_TEST_SUITE_P(Examples, WorthlessServer,
                         testing::Values(Worthless{"refuses", "the server answers 401 to everybody", 2},
                                         Worthless{"error-text", "the server does not speak MCP: it answers the one request with text/plain", 2},
                                         Worthless{"tool-errors", "the server answers every request with an error", 2},
                                         Worthless{"dies-at-start", "cannot read the configuration: no such file", 2},
                                         Worthless{"dies", "the server is gone", 2},
                                         Worthless{"slow", "the server does not answer in time", 2},
                                         Worthless{"not-http", "the server does not speak HTTP", 2},
                                         Worthless{"not-json", "with application/json that is no JSON", 2},
                                         Worthless{"wrong-type", "with text/html, although it is JSON", 2}),
                         [](const auto& given) {
                           std::string name = given.param.way;
                           std::erase(name, '-');
                           return name;
                         });

// Nobody edits what init writes here.
TEST(Init, WritesAProjectFileByWhichRunJudgesTheServer) {
  const fs::path folder = fs::path(testing::TempDir()) / ("init-" + std::to_string(getpid()));
  fs::create_directories(folder);
  fs::copy_file("examples/python-sdk/server.py", folder / "server.py", fs::copy_options::overwrite_existing);
  const std::string in_folder = "cd " + folder.string() + " && " + Programs() + "/iff ";
  ASSERT_EQ(std::system((in_folder + "init --launch '${tools}/examples-python/python server.py' "
                                     "--env 'PYTHONPATH=${tools}/examples-python'").c_str()), 0);
  const Result<System> system = LoadSystem((folder / "iff.yaml").string());
  ASSERT_TRUE(system.ok()) << system.error();
  const TargetSpec& server = system->targets.at("server");
  EXPECT_EQ(server.revisions, (std::vector<std::string>{"2026-07-28", "2025-11-25", "2025-06-18"}));
  EXPECT_EQ(server.environment.at("JWKS_URL"), "${keycloak.jwks_url}");
  EXPECT_EQ(server.environment.at("AUDIENCE"), "mcp-server");
  EXPECT_EQ(server.scopes.at("use"), "notes:use");
  EXPECT_EQ(server.planted_by, "create");
  EXPECT_EQ(server.operations.at("create").gives.at("thing"), "/id");
  EXPECT_EQ(server.operations.at("read_of").tool, "get_note");
  EXPECT_EQ(server.operations.size(), 5U);

  // A file that is there is not written over.
  EXPECT_EQ(WEXITSTATUS(std::system((in_folder + "init --launch x").c_str())), 64);
  EXPECT_EQ(WEXITSTATUS(std::system((in_folder + "run --fresh --quiet --output out isolation/own-things cross_subject tokens/audience").c_str())), 0);
  const Result<RunResult> run = ReadRun((folder / "out").string());
  ASSERT_TRUE(run.ok()) << run.error();
  EXPECT_EQ(run->totals().failed + run->totals().errored, 0);
  EXPECT_GT(run->totals().passed, 30);
  std::error_code unknown;
  fs::remove_all(folder, unknown);
}

}  // namespace
}  // namespace iff
