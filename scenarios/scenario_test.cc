// Every scenario and every mutant as a GoogleTest of its own, so that ctest, IDEs and --gtest_filter work.
// The runner is the command line's: each test hands its id to the environment that is up, which a ctest
// fixture brought up.
#include <gtest/gtest.h>
#include <limits.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "harness/cli/resident.h"
#include "harness/cli/session.h"
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

void RegisterOne(const std::string& suite, const std::string& name, const std::string& file,
                 const std::vector<std::string>& arguments) {
  testing::RegisterTest(suite.c_str(), TestName(name).c_str(), nullptr, nullptr, file.c_str(), 1,
                        [arguments]() -> testing::Test* { return new HandedOver(arguments); });
}

int RegisterScenarios(const std::string& results) {
  const std::string root = Root();
  const SessionOptions options{.places = {.root = root}, .system_file = root + "/systems/vault-demo/system.yaml"};
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
      RegisterOne(suite.name, scenario.id.substr(suite.name.size() + 1), root + "/" + scenario.file,
                  {"run", scenario.id, "--output", results + "/" + scenario.id});
    }
  }
  return 0;
}

void RegisterMutants() {
  for (const auto& entry : fs::directory_iterator(Root() + "/servers/mutants")) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename().string();
    RegisterOne("mutants", name, (entry.path() / "mutant.cc").string(), {"mutants", name});
  }
}

}  // namespace
}  // namespace iff

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  char path[PATH_MAX] = {};
  (void)!readlink("/proc/self/exe", path, sizeof path - 1);
  const std::string bin = std::filesystem::path(path).parent_path().string();
  if (const int code = iff::RegisterScenarios(bin + "/../scenario-results"); code != 0) return code;
  iff::RegisterMutants();
  return RUN_ALL_TESTS();
}
