// 'iff init' asks each example what it is, and by the file it writes 'iff run' judges it, as it should be and with
// mistakes.
#include <algorithm>
#include <fstream>

#include "examples/example_testing.h"
#include "harness/environment/system.h"
#include "harness/launch/launcher.h"
#include "harness/run/claims.h"
#include "reports/wording.h"

namespace iff {
namespace {

// Where a run in `folder` is played: what most files of init's ask for is up for them.
std::string Where(const fs::path& folder) {
  return FreshOption(folder / "iff.yaml", Programs() + "/../example-init/iff.yaml");
}

// By what init learned of a server, run judges it: nothing is wrong, and something was looked at.
void ExpectWell(const fs::path& folder, const std::string& selection) {
  EXPECT_EQ(Command(folder.string(), "run " + Where(folder) + "--quiet --output out " + selection), 0);
  const Result<RunResult> run = ReadRun((folder / "out").string());
  ASSERT_TRUE(run.ok()) << run.error();
  EXPECT_EQ(run->totals().failed + run->totals().errored, 0);
  EXPECT_GT(run->totals().passed, 8);
}

const char* const kPython =
    "init --launch '${tools}/examples-python/python server.py' --env 'PYTHONPATH=${tools}/examples-python'";

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

ClaimStanding::Kind StandingOf(const std::string& claim, const RunResult& run) {
  for (const ClaimStanding& standing : ClaimsOf(run)) {
    if (run.claims[standing.claim].claim.name == claim) return standing.kind;
  }
  ADD_FAILURE() << "no claim " << claim;
  return ClaimStanding::Kind::kNotTried;
}

// The file is taken as it was written; then without what it guessed of how somebody reads their own, as where nothing
// can be guessed. Green would be the worst that could be said of such a server.
TEST(Init, LeadsToARunThatSaysThatSignaturesAreNotVerified) {
  const fs::path folder = FolderWith("examples/fastmcp/server.py");
  ASSERT_EQ(Command(folder.string(), std::string(kPython) + " --env VERIFY=no"), 0);
  const auto run_tokens = [&]() -> Result<RunResult> {
    const std::string run = "run " + Where(folder) + "--quiet --output out ";
    EXPECT_EQ(Command(folder.string(), run + "tokens/signatures tokens/every-method"), 1);
    return ReadRun((folder / "out").string());
  };
  const auto expect_refuted = [](const Result<RunResult>& run) {
    ASSERT_TRUE(run.ok()) << run.error();
    EXPECT_EQ(StandingOf("signature", *run), ClaimStanding::Kind::kRefuted);
    EXPECT_EQ(StandingOf("strangers", *run), ClaimStanding::Kind::kProved);
    EXPECT_NE(Headline(*run).find("server takes tokens without verifying their signature"), std::string::npos)
        << Headline(*run);
  };
  expect_refuted(run_tokens());

  std::string file = Contents(folder / "iff.yaml");
  const size_t read_own = file.find("      read_own:");
  const size_t read_of = file.find("      read_of:", read_own);
  ASSERT_NE(read_own, std::string::npos);
  ASSERT_NE(read_of, std::string::npos);
  std::ofstream(folder / "iff.yaml") << file.erase(read_own, read_of - read_own);
  expect_refuted(run_tokens());
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
  EXPECT_EQ(server.seed_with, "create");
  EXPECT_EQ(server.operations.size(), 5U);
  ExpectWell(folder, "isolation/own-things cross_subject/others-things");
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

// Its issuer is elsewhere, so nobody can be logged in: what it tells a stranger is written down, and what to do next
// said.
TEST_P(InitOfARunningServer, WritesWhatItTellsAStranger) {
  // Or somebody of what is up would be tried.
  setenv("IFF_RESIDENT", ("nothing-" + std::to_string(getpid())).c_str(), 1);
  const Result<std::unique_ptr<ProcessLauncher>> launcher =
      ProcessLauncher::Start({.supervisor = Programs() + "/iff-supervisor"});
  ASSERT_TRUE(launcher.ok()) << launcher.error();
  const Result<HeldPort> port = HeldPort::Acquire();
  const Result<HeldPort> nobody = HeldPort::Acquire();
  ASSERT_TRUE(port.ok() && nobody.ok());
  const std::string tools = (Tools() / "examples-python").string();
  const fs::path folder = FolderWith("examples/" + GetParam().example + "/server.py");
  std::ofstream(folder / "keys.json") << R"({"a key": "alice"})";
  ServiceSpec spec{.name = "server", .argv = {tools + "/python", (folder / "server.py").string()}};
  spec.environment = {{"PYTHONPATH", tools},
                      {"PORT", std::to_string(port->port())},
                      {"AUDIENCE", "notes-server"},
                      {"ISSUER", nobody->endpoint().Url("/realms/notes")},
                      {"JWKS_URL", nobody->endpoint().Url("/keys")},
                      {"KEYS", (folder / "keys.json").string()}};
  spec.ready = TcpOpen{.endpoint = port->endpoint()};
  const Result<Service> server = (*launcher)->Launch(spec);
  ASSERT_TRUE(server.ok()) << server.error();

  const std::string url = port->endpoint().Url(GetParam().transport == Transport::kHttp ? GetParam().path : "");
  ASSERT_EQ(Command(folder.string(), "init --target " + url + " > said"), 0);
  const std::string said = Contents(folder / "said");
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
                         testing::Values(Running{"python-sdk", "/mcp"}, Running{"fastmcp", "/mcp"},
                                         Running{"plain-post", "/rpc"}, Running{"api-key", "/mcp"},
                                         Running{"sse", "/sse", Transport::kSse}),
                         [](const auto& given) {
                           std::string name = given.param.example;
                           std::erase(name, '-');
                           return name;
                         });

// An example as its author has it, started by --launch.
struct Launched {
  std::string example = {};
  std::string source = "server.py";
  std::string command = "${tools}/examples-python/python server.py";
  std::string variables = "--env 'PYTHONPATH=${tools}/examples-python'";
  std::string selection = {};  // "": what the example's own tests play against `target`
  std::string target = "clean";
};
void PrintTo(const Launched& server, std::ostream* out) { *out << server.example << " " << server.target; }

class InitAndRun : public testing::TestWithParam<Launched> {};

// Of those suites it finds what is known of the example, no more and no less, and nothing is left unjudged. The file is
// taken as it was written, and so its comments have to ask for nothing that these servers need.
TEST_P(InitAndRun, FindsWhatIsKnownOfIt) {
  const Launched& server = GetParam();
  const fs::path folder = FolderWith("examples/" + server.example + "/" + server.source);
  if (server.example == "typescript-sdk") {
    std::error_code unknown;
    fs::remove(folder / "node_modules", unknown);
    fs::create_directory_symlink(Tools() / "examples-typescript/node_modules", folder / "node_modules");
  }
  ASSERT_EQ(Command(folder.string(), "init --launch '" + server.command + "' " + server.variables), 0);
  const Result<System> system = LoadSystem((folder / "iff.yaml").string());
  ASSERT_TRUE(system.ok()) << system.error();
  EXPECT_EQ(system->targets.at("server").seed_with, "create");
  EXPECT_EQ(system->targets.at("server").TakesKeys(), server.example == "api-key");

  const Expected expected = ReadExpected(fs::path("examples") / server.example / "expected.yaml");
  std::string selection = server.selection;
  for (const std::string& what : expected.selection) {
    const size_t at = what.find('@');
    if (server.selection.empty() && what.substr(at + 1) == server.target) selection += " " + what.substr(0, at);
  }
  const int code = Command(folder.string(), "run " + Where(folder) + "--quiet --output out " + selection);
  const Result<RunResult> run = ReadRun((folder / "out").string());
  ASSERT_TRUE(run.ok()) << run.error();
  std::set<std::string> played;
  for (const ScenarioResult& scenario : run->scenarios) played.insert(scenario.id.substr(0, scenario.id.find('@')));
  std::set<std::string> known;
  for (const std::string& one : expected.findings.at(server.target)) {
    if (played.contains(one.substr(0, one.find(' ')))) known.insert(one);
  }
  if (server.selection.empty()) {
    EXPECT_EQ(known, expected.findings.at(server.target)) << "a suite that sees the mistake was not played";
  }
  std::map<std::string, int> passed;
  EXPECT_EQ(FailedIn(*run, passed)["server"], known);
  EXPECT_GT(passed["server"], 8);
  EXPECT_EQ(code, known.empty() ? 0 : 1);
  EXPECT_EQ(known.empty(), server.target == "clean")
      << "a mistake nobody sees, or a clean server of which something is known";
  std::error_code unknown;
  fs::remove_all(folder, unknown);
}

std::string Named(const testing::TestParamInfo<Launched>& given) {
  std::string name = given.param.example + (given.param.target == "clean" ? "" : given.param.target);
  std::erase(name, '-');
  return name;
}

const char* const kFew = "isolation/own-things isolation/matrix authorization/matrix cross_subject tokens/audience";
const char* const kPythonPath = "--env 'PYTHONPATH=${tools}/examples-python' ";

INSTANTIATE_TEST_SUITE_P(Examples, InitAndRun,
                         testing::Values(Launched{.example = "plain-post", .selection = kFew},
                                         Launched{.example = "api-key", .selection = kFew},
                                         Launched{.example = "typescript-sdk",
                                                  .source = "server.mjs",
                                                  .command = "${tools}/node-22/bin/node server.mjs",
                                                  .variables = "",
                                                  .selection = kFew},
                                         Launched{.example = "go-sdk",
                                                  .source = "main.go",
                                                  .command = "${tools}/examples-go/server",
                                                  .variables = "",
                                                  .selection = kFew},
                                         Launched{.example = "fastmcp",
                                                  .variables = std::string(kPythonPath) + "--env TRUST_IDS=yes",
                                                  .target = "trusts-ids"},
                                         Launched{.example = "plain-post",
                                                  .variables = std::string(kPythonPath) + "--env STALE=yes",
                                                  .target = "stale"}),
                         &Named);

// By night: by day `init` meets these servers, but for the journal, elsewhere in this file.
INSTANTIATE_TEST_SUITE_P(
    Nightly, InitAndRun,
    testing::Values(
        Launched{.example = "fastmcp", .selection = kFew}, Launched{.example = "python-sdk", .selection = kFew},
        Launched{.example = "sse", .selection = kFew},
        Launched{.example = "journal",
                 .variables = std::string(kPythonPath) + "--env 'FOLDER=${directory}' --env MISTAKE=scopes",
                 .target = "scopes"},
        Launched{.example = "stdio",
                 .selection = "isolation/own-things isolation/whoami "
                              "authorization/matrix cross_subject"},
        Launched{
            .example = "stdio", .variables = std::string(kPythonPath) + "--env TRUST_IDS=yes", .target = "trusts-ids"},
        Launched{.example = "api-key",
                 .variables = std::string(kPythonPath) + "--env TRUST_IDS=yes",
                 .target = "trusts-ids"},
        Launched{.example = "api-key", .variables = std::string(kPythonPath) + "--env TELLS=yes", .target = "tells"}),
    &Named);

// Nobody edits what init writes here.
TEST(Init, WritesAProjectFileByWhichRunJudgesTheServer) {
  const fs::path folder = fs::path(testing::TempDir()) / ("init-" + std::to_string(getpid()));
  fs::create_directories(folder);
  fs::copy_file("examples/python-sdk/server.py", folder / "server.py", fs::copy_options::overwrite_existing);
  const std::string in_folder = "cd " + folder.string() + " && " + Programs() + "/iff ";
  ASSERT_EQ(std::system((in_folder + "init --launch '${tools}/examples-python/python server.py' "
                                     "--env 'PYTHONPATH=${tools}/examples-python' > said")
                            .c_str()),
            0);
  if (std::getenv("IFF_RESIDENT") != nullptr) {
    EXPECT_EQ(Where(folder), "") << "what it writes is not what ctest keeps up for it";
    const std::string said = Contents(folder / "said");
    EXPECT_EQ(said.find("is ready after"), std::string::npos) << "it did not ask on what is up: " << said;
  }
  const Result<System> system = LoadSystem((folder / "iff.yaml").string());
  ASSERT_TRUE(system.ok()) << system.error();
  const TargetSpec& server = system->targets.at("server");
  EXPECT_EQ(server.revisions, (std::vector<std::string>{"2026-07-28", "2025-11-25", "2025-06-18"}));
  EXPECT_EQ(server.environment.at("JWKS_URL"), "${keycloak.jwks_url}");
  EXPECT_EQ(server.environment.at("AUDIENCE"), "mcp-server");
  EXPECT_EQ(server.scopes.at("use"), "notes:use");
  EXPECT_EQ(server.seed_with, "create");
  EXPECT_EQ(server.operations.at("create").captures.at("thing"), "/id");
  EXPECT_EQ(server.operations.at("read_of").tool, "get_note");
  EXPECT_EQ(server.operations.size(), 5U);

  // A file that is there is not written over.
  EXPECT_EQ(WEXITSTATUS(std::system((in_folder + "init --launch x").c_str())), 64);
  EXPECT_EQ(WEXITSTATUS(std::system((in_folder + "run " + Where(folder) +
                                     "--quiet --output out isolation/own-things cross_subject tokens/audience")
                                        .c_str())),
            0);
  const Result<RunResult> run = ReadRun((folder / "out").string());
  ASSERT_TRUE(run.ok()) << run.error();
  EXPECT_EQ(run->totals().failed + run->totals().errored, 0);
  EXPECT_GT(run->totals().passed, 30);
  std::error_code unknown;
  fs::remove_all(folder, unknown);
}

}  // namespace
}  // namespace iff
