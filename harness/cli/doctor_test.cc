#include "harness/cli/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Machine Healthy() {
  return {.cache = "/cache",
          .cache_free_mb = 100'000,
          .temporary = "/tmp",
          .temporary_free_mb = 100'000,
          .memory_available_mb = 8'000,
          .open_files = 4'096,
          .inotify_watches = 65'536,
          .ports = 28'000};
}

Problem Only(const Machine& machine) {
  const std::vector<Problem> problems = Diagnose(machine);
  EXPECT_EQ(problems.size(), 1U);
  return problems.empty() ? Problem{} : problems.front();
}

TEST(Diagnose, FindsNothingWhereNothingIsMissing) { EXPECT_THAT(Diagnose(Healthy()), IsEmpty()); }

TEST(Diagnose, NamesTheCommandThatInstallsWhatIsMissing) {
  Machine machine = Healthy();
  machine.missing_packages = {"ccache", "maven"};
  EXPECT_EQ(Only(machine).fix, "apt-get update && apt-get install -y --no-install-recommends ccache maven");
  EXPECT_TRUE(Only(machine).blocking);
}

TEST(Diagnose, NamesAComponentThatIsMissing) {
  Machine machine = Healthy();
  machine.missing_components = {{.what = "Keycloak"}};
  EXPECT_EQ(Only(machine).what, "Keycloak is missing");
  EXPECT_THAT(Only(machine).fix, HasSubstr("./iff up"));
}

TEST(Diagnose, SaysHowMuchIsThereAndHowMuchIsNeeded) {
  Machine machine = Healthy();
  machine.memory_available_mb = 700;
  EXPECT_EQ(Only(machine).what, "700 MB of memory are available, 1500 are needed");
  machine = Healthy();
  machine.temporary_free_mb = 20;
  EXPECT_EQ(Only(machine).what, "20 MB free in /tmp, 500 are needed");
  machine = Healthy();
  machine.open_files = 256;
  EXPECT_EQ(Only(machine).fix, "ulimit -n 1024");
}

// With everything fetched, a full disk keeps nobody from running.
TEST(Diagnose, WeighsTheRoomInTheCacheByWhatIsStillToCome) {
  Machine machine = Healthy();
  machine.cache_free_mb = 100;
  EXPECT_FALSE(Only(machine).blocking);
  machine.missing_components = {{.what = "OpenBao"}};
  EXPECT_TRUE(Diagnose(machine).back().blocking);
}

TEST(Diagnose, OnlyNotesWhatARunDoesWithout) {
  Machine machine = Healthy();
  machine.inotify_watches = 10;
  machine.leftovers = {"/tmp/iff-run-x"};
  machine.knows_packages = false;
  for (const Problem& problem : Diagnose(machine)) EXPECT_FALSE(problem.blocking) << problem.what;
  EXPECT_EQ(Diagnose(machine).size(), 3U);
}

TEST(PackageNames, AreThoseOfEveryBuildAndOfWhatIsMissing) {
  const std::string packages =
      "# all\n\ng++\nmaven   @keycloak\nunzip @wheels @other\nchromium @browser\n  cmake # why\n";
  EXPECT_THAT(PackageNames(packages, {}), ElementsAre("g++", "cmake"));
  EXPECT_THAT(PackageNames(packages, TagsOf({{"Keycloak", "@keycloak"}})), ElementsAre("g++", "maven", "cmake"));
  EXPECT_THAT(PackageNames(packages, TagsOf({{"OpenBao", "@wheels"}, {"PostgreSQL", "@postgres"}})),
              ElementsAre("g++", "unzip", "cmake"));
}

TEST(LookAtMachine, SeesThisOne) {
  DriverRegistry drivers;
  drivers.Add({.name = "store", .hints = {.missing = [](const std::string& components) -> std::vector<MissingPart> {
                                  return {{.what = "a store in " + components}};
                                }}});
  const Machine machine = LookAtMachine(drivers, ".", "/nonexistent/cache");
  EXPECT_GT(machine.memory_available_mb, 0);
  EXPECT_GT(machine.open_files, 0);
  EXPECT_GT(machine.temporary_free_mb, 0);
  EXPECT_TRUE(machine.can_listen);
  EXPECT_THAT(machine.missing_components,
              testing::ElementsAre(MissingPart{.what = "a store in /nonexistent/cache/components"}));
}

}  // namespace
}  // namespace iff
