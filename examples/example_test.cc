// Each example, judged by the real program: exactly what its expected.yaml says is found, and nothing is left unjudged.
#include <gtest/gtest.h>
#include <limits.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "harness/cli/publish.h"
#include "harness/core/yaml.h"
#include "harness/environment/system.h"
#include "harness/launch/launcher.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using Findings = std::map<std::string, std::set<std::string>>;  // target -> "suite/scenario check"

std::string Programs() {
  char path[PATH_MAX] = {};
  (void)!readlink("/proc/self/exe", path, sizeof path - 1);
  return fs::path(path).parent_path().string();
}

std::string Variable(const char* name, const std::string& otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
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

INSTANTIATE_TEST_SUITE_P(Examples, Example, testing::Values("python-sdk", "fastmcp", "typescript-sdk", "go-sdk", "plain-post", "api-key", "sse",
                                                                   "stdio"),
                         [](const auto& given) {
                           std::string name = given.param;
                           std::erase(name, '-');
                           return name;
                         });

int Command(const std::string& folder, const std::string& arguments) {
  return WEXITSTATUS(std::system(("cd " + folder + " && " + Programs() + "/iff " + arguments).c_str()));
}

// A folder with one server in it, as its author has it, and nothing of ours.
fs::path FolderWith(const std::string& server) {
  const fs::path folder = fs::path(testing::TempDir()) / (fs::path(server).parent_path().filename().string() + "-" + std::to_string(getpid()));
  fs::create_directories(folder);
  fs::copy_file(server, folder / fs::path(server).filename(), fs::copy_options::overwrite_existing);
  return folder;
}

// By what init learned of a server, run judges it: nothing is wrong, and something was looked at.
void ExpectWell(const fs::path& folder, const std::string& selection) {
  EXPECT_EQ(Command(folder.string(), "run --fresh --quiet --output out " + selection), 0);
  const Result<RunResult> run = ReadRun((folder / "out").string());
  ASSERT_TRUE(run.ok()) << run.error();
  EXPECT_EQ(run->totals().failed + run->totals().errored, 0);
  EXPECT_GT(run->totals().passed, 8);
}

const char* const kPython = "init --launch '${tools}/examples-python/python server.py' --env 'PYTHONPATH=${tools}/examples-python'";

TEST(Init, RecognisesHttpWithServerSentEvents) {
  const fs::path folder = FolderWith("examples/sse/server.py");
  ASSERT_EQ(Command(folder.string(), kPython), 0);
  const Result<System> system = LoadSystem((folder / "iff.yaml").string());
  ASSERT_TRUE(system.ok()) << system.error();
  const TargetSpec& server = system->targets.at("server");
  EXPECT_EQ(server.transport, Transport::kSse);
  EXPECT_EQ(server.path, "/sse");
  EXPECT_EQ(server.revisions, (std::vector<std::string>{"2025-11-25", "2025-06-18", "2024-11-05"}));
  EXPECT_EQ(server.scopes.at("use"), "notes:use");
  EXPECT_EQ(server.operations.size(), 5U);
  ExpectWell(folder, "isolation/own-things isolation/session-is-no-identity cross_subject");
  std::error_code unknown;
  fs::remove_all(folder, unknown);
}

// It ends at once when nobody says whose process it is.
TEST(Init, RecognisesAProcessForEachPerson) {
  const fs::path folder = FolderWith("examples/stdio/server.py");
  ASSERT_EQ(Command(folder.string(), kPython), 0);
  const Result<System> system = LoadSystem((folder / "iff.yaml").string());
  ASSERT_TRUE(system.ok()) << system.error();
  const TargetSpec& server = system->targets.at("server");
  EXPECT_EQ(server.transport, Transport::kStdio);
  EXPECT_EQ(server.environment.at("ACCESS_TOKEN"), "${credential}");
  EXPECT_EQ(server.environment.at("NOTES_DB"), "${directory}/store.db");
  EXPECT_EQ(server.planted_by, "create");
  EXPECT_EQ(server.operations.size(), 5U);
  ExpectWell(folder, "isolation/own-things isolation/whoami cross_subject");
  std::error_code unknown;
  fs::remove_all(folder, unknown);
}

struct Running {
  std::string example = {};
  std::string path = {};
  Transport transport = Transport::kHttp;
};
void PrintTo(const Running& server, std::ostream* out) { *out << server.example; }

class InitOfARunningServer : public testing::TestWithParam<Running> {};

// Its issuer is elsewhere, so nobody can be logged in: what it tells a stranger is written down, and what to do next said.
TEST_P(InitOfARunningServer, WritesWhatItTellsAStranger) {
  const Result<std::unique_ptr<ProcessLauncher>> launcher = ProcessLauncher::Start({.supervisor = Programs() + "/iff-supervisor"});
  ASSERT_TRUE(launcher.ok()) << launcher.error();
  const Result<HeldPort> port = HeldPort::Acquire();
  const Result<HeldPort> nobody = HeldPort::Acquire();
  ASSERT_TRUE(port.ok() && nobody.ok());
  const std::string tools = Variable("IFF_CACHE", Variable("XDG_CACHE_HOME", Variable("HOME", "") + "/.cache") + "/iff") + "/tools/examples-python";
  const fs::path folder = FolderWith("examples/" + GetParam().example + "/server.py");
  std::ofstream(folder / "keys.json") << R"({"a key": "alice"})";
  ServiceSpec spec{.name = "server", .argv = {tools + "/python", (folder / "server.py").string()}};
  spec.environment = {{"PYTHONPATH", tools}, {"PORT", std::to_string(port->port())}, {"AUDIENCE", "notes-server"},
                      {"ISSUER", nobody->endpoint().Url("/realms/notes")}, {"JWKS_URL", nobody->endpoint().Url("/keys")},
                      {"KEYS", (folder / "keys.json").string()}};
  spec.ready = TcpOpen{.endpoint = port->endpoint()};
  const Result<Service> server = (*launcher)->Launch(spec);
  ASSERT_TRUE(server.ok()) << server.error();

  const std::string url = port->endpoint().Url(GetParam().transport == Transport::kHttp ? GetParam().path : "");
  ASSERT_EQ(Command(folder.string(), "init --target " + url + " > said"), 0);
  std::ifstream in(folder / "said");
  const std::string said((std::istreambuf_iterator<char>(in)), {});
  EXPECT_NE(said.find("guarded"), std::string::npos) << said;
  EXPECT_EQ(said.find("not guarded"), std::string::npos) << said;
  EXPECT_NE(said.find("its tools were not asked for"), std::string::npos) << said;
  const Result<System> system = LoadSystem((folder / "iff.yaml").string());
  ASSERT_TRUE(system.ok()) << system.error();
  const TargetSpec& target = system->targets.at("server");
  EXPECT_EQ(target.url, url);
  EXPECT_EQ(target.path, GetParam().path);
  EXPECT_EQ(target.transport, GetParam().transport);
  if (GetParam().example != "api-key") {
    EXPECT_EQ(target.scopes.at("use"), "notes:use");
  }
  std::error_code unknown;
  fs::remove_all(folder, unknown);
}

INSTANTIATE_TEST_SUITE_P(Examples, InitOfARunningServer,
                         testing::Values(Running{"python-sdk", "/mcp"}, Running{"fastmcp", "/mcp"}, Running{"plain-post", "/rpc"},
                                         Running{"api-key", "/mcp"}, Running{"sse", "/sse", Transport::kSse}),
                         [](const auto& given) {
                           std::string name = given.param.example;
                           std::erase(name, '-');
                           return name;
                         });

struct Worthless {
  const char* way;
  const char* called;  // in the sentence that names it
  int code;
};
void PrintTo(const Worthless& server, std::ostream* out) { *out << server.way; }

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

// Requests that are bent find what a server gives to whoever knows its name; its clean twin gives nothing.
TEST(Fuzz, FindsInAnExampleWhatIsWrongWithIt) {
  const std::string out = Programs() + "/../example-results/fuzz";
  std::error_code unknown;
  fs::remove_all(out, unknown);
  const std::string fuzz = "fuzz --fresh --system examples/stdio/iff.yaml --seed 7 --count 40 --output " + out;
  EXPECT_EQ(Command(".", fuzz + " --target clean"), 0);
  EXPECT_FALSE(fs::exists(out + "/fuzz", unknown));
  EXPECT_EQ(Command(".", fuzz + " --target trusts-ids"), 1);
  EXPECT_TRUE(fs::exists(out + "/fuzz", unknown));
}

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
