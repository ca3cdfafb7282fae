// Who runs what where, against an engine within this process.
#include "harness/session/launchers.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/container/container_launcher.h"
#include "harness/container/fake_engine.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class LaunchersTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string made = (fs::temp_directory_path() / "iff-launchers-XXXXXX").string();
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    folder_ = made;
    // The real ones, beside a program that can be changed.
    std::error_code unknown;
    const fs::path built = fs::read_symlink("/proc/self/exe", unknown).parent_path();
    for (const char* program : {"iff-supervisor", "iff-container"})
      fs::create_symlink(built / program, folder_ + "/" + program);
    WriteProgram("one");
    std::ofstream(folder_ + "/lock.json")
        << R"({"images": {"programs": {"version": "1", "local": "programs:1", "holds": {"programs": "/opt"}, "made_of": ["server"]}}})";
    places_ = {.lock_file = folder_ + "/lock.json",
               .programs = folder_,
               .held = {{.holds = "programs", .directory = folder_, .always = true}}};
  }
  void TearDown() override { fs::remove_all(folder_); }

  void WriteProgram(const std::string& text) const { std::ofstream(folder_ + "/server") << text; }
  void MakeImage() { fake_.AddImage("programs:1", {{kProgramsLabel, FingerprintOf(folder_, {"server"}).value()}}); }
  EngineSearch Here() const { return {.docker_host = "tcp://" + fake_.endpoint().Authority()}; }
  Result<Launchers> Start(const LauncherWish& wish) const { return StartLaunchers(wish, places_, Here()); }
  static bool Contains(const Launcher* launcher) { return dynamic_cast<const ContainerLauncher*>(launcher) != nullptr; }

  std::string folder_;
  LauncherPlaces places_;
  FakeEngine fake_;
};

TEST_F(LaunchersTest, NeedNoEngineUnlessAskedForContainers) {
  const Result<Launchers> launchers = StartLaunchers({}, places_, {.docker_host = "nonsense"});
  ASSERT_THAT(launchers, IsOk());
  EXPECT_FALSE(Contains(launchers->components));
  EXPECT_EQ(launchers->targets, launchers->components);
  EXPECT_EQ(launchers->components_run, "native process");
  EXPECT_EQ(launchers->says, "");
}

TEST_F(LaunchersTest, PutEverythingIntoContainers) {
  MakeImage();
  const Result<Launchers> launchers = Start({.in = "docker"});
  ASSERT_THAT(launchers, IsOk());
  EXPECT_TRUE(Contains(launchers->components));
  EXPECT_EQ(launchers->targets, launchers->components);
  EXPECT_TRUE(launchers->targets_in_containers);
  EXPECT_EQ(launchers->components_run, "container of Docker Engine 0.1-fake");
}

TEST_F(LaunchersTest, MixBothWays) {
  MakeImage();
  const Result<Launchers> servers_here = Start({.in = "docker", .target_in = "native"});
  ASSERT_THAT(servers_here, IsOk());
  EXPECT_TRUE(Contains(servers_here->components));
  EXPECT_FALSE(Contains(servers_here->targets));
  EXPECT_FALSE(servers_here->targets_in_containers);
  const Result<Launchers> servers_there = Start({.target_in = "docker"});
  ASSERT_THAT(servers_there, IsOk());
  EXPECT_FALSE(Contains(servers_there->components));
  EXPECT_TRUE(Contains(servers_there->targets));
  EXPECT_EQ(servers_there->components_run, "native process");
  // One run, whoever starts what: its folder is the place of both.
  EXPECT_EQ(servers_there->components->run_directory(), servers_there->targets->run_directory());
}

TEST_F(LaunchersTest, TakeWhatIsThereAndSayWhich) {
  const Result<Launchers> without = Start({.in = "auto"});
  ASSERT_THAT(without, IsOk());
  EXPECT_FALSE(Contains(without->components));
  EXPECT_THAT(without->says, AllOf(StartsWith("natively"), HasSubstr("programs:1"), HasSubstr("docker/local-images")));
  MakeImage();
  const Result<Launchers> with = Start({.in = "auto"});
  ASSERT_THAT(with, IsOk());
  EXPECT_TRUE(Contains(with->components));
  EXPECT_TRUE(Contains(with->targets));
  EXPECT_THAT(with->says, StartsWith("in containers of Docker Engine"));
  const Result<Launchers> beside = Start({.in = "auto", .target_in = "native"});
  ASSERT_THAT(beside, IsOk());
  EXPECT_TRUE(Contains(beside->components));
  EXPECT_FALSE(Contains(beside->targets));
}

TEST_F(LaunchersTest, RefuseAnImageOfEarlierPrograms) {
  MakeImage();
  WriteProgram("two");
  EXPECT_THAT(Start({.in = "docker"}),
              FailsWith(ErrorKind::kUnavailable, AllOf(HasSubstr("programs:1 holds other programs"),
                                                       HasSubstr("docker/local-images programs"))));
}

TEST_F(LaunchersTest, DoNotFallBackWhereContainersWereAskedFor) {
  EXPECT_THAT(Start({.in = "docker"}), FailsWith(ErrorKind::kUnavailable, HasSubstr("programs:1")));
  EXPECT_THAT(Start({.in = "auto", .target_in = "docker"}),
              FailsWith(ErrorKind::kUnavailable, HasSubstr("programs:1")));
  EXPECT_THAT(StartLaunchers({.in = "docker"}, places_, {.sockets = {folder_ + "/none.sock"}}),
              FailsWith(ErrorKind::kUnavailable, AllOf(HasSubstr("/none.sock"), HasSubstr("DOCKER_HOST"))));
  EXPECT_THAT(StartLaunchers({.in = "docker"}, places_, {.docker_host = "ssh://elsewhere"}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("ssh://elsewhere")));
}

TEST_F(LaunchersTest, TellWhatAnEngineLacks) {
  EXPECT_THAT(LookAtEngine(places_, Here()).says,
              AllOf(HasSubstr("Docker Engine"), HasSubstr("missing images: programs:1")));
  MakeImage();
  EXPECT_TRUE(LookAtEngine(places_, Here()).usable);
  WriteProgram("three");
  EXPECT_FALSE(LookAtEngine(places_, Here()).usable);
  EXPECT_THAT(LookAtEngine(places_, {.sockets = {"/nonexistent/engine.sock"}}).says,
              HasSubstr("/nonexistent/engine.sock"));
}

// Nobody is sent to make an image of a product that was never built.
TEST_F(LaunchersTest, MissNoImageOfWhatIsNotHere) {
  MakeImage();
  std::ofstream(places_.lock_file)
      << R"({"images": {"programs": {"version": "1", "local": "programs:1", "holds": {"programs": "/opt"}, "made_of": ["server"]},
                        "vault": {"version": "2", "local": "vault:2", "holds": {"vault": "/bin"}}}})";
  places_.held.push_back({.holds = "vault", .directory = folder_ + "/vault"});
  EngineFindings findings = LookAtEngine(places_, Here());
  EXPECT_TRUE(findings.usable);
  EXPECT_THAT(findings.says, AllOf(HasSubstr("without vault:2"), Not(HasSubstr("local-images"))));
  fs::create_directory(folder_ + "/vault");
  findings = LookAtEngine(places_, Here());
  EXPECT_FALSE(findings.usable);
  EXPECT_THAT(findings.says, HasSubstr("missing images: vault:2: 'docker/local-images' makes them"));
}

}  // namespace
}  // namespace iff
