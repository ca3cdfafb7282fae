// 'iff run --plan' as it is typed: what it reads are files, and nobody hears of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>

#include "harness/cli/dispatch.h"
#include "harness/cli/parse.h"
#include "harness/net/http_server.h"
#include "harness/run/texts.h"
#include "scenarios/probes/probes.h"
#include "systems/shipped.h"

namespace iff {
namespace {

std::string SystemAt(const std::string& url) {
  return R"(system: planned
components:
  issuer:
    driver: issuer
    options:
      clients: [{id: people, kind: confidential, grants: [password]}, {id: server, kind: bearer_only}]
      scopes: [{name: "notes:use", audience: server}]
      roles: [user]
principals:
  alice: {groups: [user], holds: [notes]}
  bob: {groups: [user], holds: [notes]}
  carol: {groups: [user], holds: [notes]}
  mallory: {groups: [user], holds: []}
targets:
  server:
    url: )" +
         url +
         R"(
    upstream: notes
    client: people
    tools: [get_note]
    scopes: {use: "notes:use"}
    operations:
      read_own: {tool: get_note, arguments: {id: "{own.note}"}}
)";
}

class PlanCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string made = (std::filesystem::temp_directory_path() / "iff-plan-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    folder_ = made;
  }
  void TearDown() override {
    std::error_code unknown;
    std::filesystem::remove_all(folder_, unknown);
  }

  // What it says; `code_` is what it answers.
  std::string Say(const std::vector<std::string>& arguments) {
    const Services services{.driver_registry = registry_,
                            .probes = probes_,
                            .measurements = {},
                            .places = {.root = std::filesystem::current_path().string(),
                                       .cache = folder_ + "/no-cache",
                                       .programs = folder_ + "/no-programs",
                                       .default_system = "none"},
                            .interrupted = interrupted_};
    const Parsed parsed = ParseCommandLine(arguments);
    EXPECT_EQ(parsed.exit_code, -1) << parsed.text;
    testing::internal::CaptureStdout();
    code_ = Dispatch(services, parsed, arguments);
    return testing::internal::GetCapturedStdout();
  }

  std::string folder_;
  DriverRegistry registry_ = ShippedDrivers(FindPlaces());  // all, since suites say what may be revoked at any
  const ProbeSet probes_ = AllProbes();
  const std::atomic<bool> interrupted_ = false;
  int code_ = -1;
};

std::string Children() { return WholeFile("/proc/thread-self/children"); }

TEST_F(PlanCommand, ConnectsToNobodyAndStartsNothing) {
  std::atomic<int> asked = 0;
  const auto listener = HttpServer::Start([&asked](const HttpRequest&) {
    ++asked;
    return HttpResponse{};
  });
  ASSERT_TRUE(listener.ok());
  std::ofstream(folder_ + "/iff.yaml") << SystemAt((*listener)->endpoint().Url("/mcp"));
  const std::string children = Children();
  const std::string said = Say({"run", "--plan", "--json", "--system", folder_ + "/iff.yaml"});
  EXPECT_EQ(code_, 0) << said;
  EXPECT_EQ(Children(), children);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "it writes nothing";

  const Result<Json> plan = ParseJson(said);
  ASSERT_TRUE(plan.ok()) << plan.error();
  EXPECT_GT((*plan)["scenarios"].size(), 50U);
  EXPECT_FALSE((*plan)["not_played"].empty());
  EXPECT_GT((*plan)["requests"]["server"].get<int64_t>(), 100);
}

TEST_F(PlanCommand, HoldsWhatARunWouldSelect) {
  std::ofstream(folder_ + "/iff.yaml") << SystemAt("http://127.0.0.1:9/mcp");
  const auto ids = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"run", "--plan", "--json", "--system", folder_ + "/iff.yaml"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Json plan = ParseJson(Say(arguments)).value_or(Json::object());
    std::set<std::string> all;
    for (const Json& scenario : AtOr<Json>(plan, "/scenarios", Json::array()))
      all.insert(scenario["id"].get<std::string>());
    return all;
  };
  const std::set<std::string> all = ids({});
  const std::set<std::string> tokens = ids({"tokens"});
  EXPECT_FALSE(tokens.empty());
  for (const std::string& id : tokens) {
    EXPECT_TRUE(id.starts_with("tokens/")) << id;
    EXPECT_TRUE(all.contains(id)) << id;
  }
  std::set<std::string> parts = ids({"tokens", "--shard", "1/2"});
  EXPECT_LT(parts.size(), tokens.size());
  parts.merge(ids({"tokens", "--shard", "2/2"}));
  EXPECT_EQ(parts, tokens);
}

TEST_F(PlanCommand, TellsMistakesAsARunDoes) {
  std::ofstream(folder_ + "/iff.yaml") << SystemAt("http://127.0.0.1:9/mcp");
  testing::internal::CaptureStderr();
  (void)Say({"run", "--plan", "--system", folder_ + "/iff.yaml", "isolatoin"});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("nothing is called 'isolatoin'"));
  EXPECT_EQ(code_, kUsage);
}

}  // namespace
}  // namespace iff
