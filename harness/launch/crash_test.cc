// What happens when someone is killed: the owner of a launcher, its supervisor, a keeper.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "harness/launch/launch_testing.h"
#include "harness/launch/launcher.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr const char* kDaemonise = "(setsid sh -c 'echo $$ > daemon; sleep 60; :' &) ; exec sleep 60";

class CrashTest : public LaunchTest {
 protected:
  // A process that owns a launcher and does `work` with it until it is killed.
  pid_t ForkOwner(const std::function<void(ProcessLauncher&)>& work) const {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    const auto launcher = ProcessLauncher::Start({.base_directory = base_});
    if (!launcher.ok()) _exit(1);
    work(*launcher.value());
    while (true) pause();
  }

  static void KillAndReap(pid_t pid) {
    EXPECT_EQ(kill(pid, SIGKILL), 0);
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the owner ended by itself";
  }

  // Some time passes; how much is what these tests vary.
  static void LetPass(std::chrono::milliseconds span) {
    EXPECT_THAT(Eventually(Deadline::In(span), []() -> Result<bool> { return false; }),
                FailsWith(ErrorKind::kTimeout, "not yet"));
  }

  pid_t SupervisorOf(const ProcessLauncher& launcher) const {
    return ReadPid(launcher.run_directory() + "/supervisor");
  }
};

TEST_F(CrashTest, AKilledOwnerLeavesNoProcessAndNoDirectory) {
  const std::string daemon_file = base_ + "/daemon";
  const pid_t owner = ForkOwner([&](ProcessLauncher& launcher) {
    ServiceSpec spec = Shell("(setsid sh -c 'trap \"\" TERM; echo $$ > " + daemon_file +
                             "; while :; do sleep 60; done' &) ; exec sleep 60");
    const Result<Service> service = launcher.Launch(spec);
    const Result<Service> deaf = launcher.Launch(Shell("trap '' TERM; while :; do sleep 60; done"));
    while (true) pause();
  });
  const pid_t daemon = ReadPid(daemon_file);
  EXPECT_TRUE(Lives(daemon));
  KillAndReap(owner);
  EXPECT_THAT(EventuallyEnds(daemon), IsOk());
  std::filesystem::remove(daemon_file);
  EXPECT_THAT(NothingLeft(Deadline::In(5s)), IsOk());
}

TEST_F(CrashTest, AnOwnerMayBeKilledAtAnyMoment) {
  for (int moment = 0; moment < 24; ++moment) {
    const pid_t owner = ForkOwner([](ProcessLauncher& launcher) {
      std::vector<Result<Service>> services;
      for (int i = 0; i < 50; ++i) services.push_back(launcher.Launch(Shell(kDaemonise)));
      while (true) pause();
    });
    LetPass(std::chrono::milliseconds(moment));
    KillAndReap(owner);
  }
  EXPECT_THAT(NothingLeft(Deadline::In(20s)), IsOk());
}

TEST_F(CrashTest, AKilledSupervisorTakesItsServicesAlong) {
  auto launcher = StartLauncher();
  const Result<Service> service = launcher->Launch(Shell(kDaemonise));
  ASSERT_THAT(service, IsOk());
  const pid_t daemon = ReadPid(service.value().directory() + "/daemon");
  ASSERT_EQ(kill(SupervisorOf(*launcher), SIGKILL), 0);
  EXPECT_THAT(EventuallyEnds(service.value().pid()), IsOk());
  EXPECT_THAT(EventuallyEnds(daemon), IsOk());
  EXPECT_THAT(Eventually(Deadline::In(5s), [&]() -> Result<bool> { return service.value().exited().has_value(); }),
              IsOk());
  EXPECT_THAT(service.value().exited(), Optional(std::string("supervisor died")));
  EXPECT_THAT(launcher->Launch({.name = "late", .argv = {"sleep", "60"}}),
              FailsWith(ErrorKind::kUnavailable, "late: supervisor died"));
}

TEST_F(CrashTest, ATerminatedSupervisorStopsItsServicesAndRemovesTheRunDirectory) {
  auto launcher = StartLauncher();
  const Result<Service> service = launcher->Launch(Shell(kDaemonise));
  ASSERT_THAT(service, IsOk());
  ASSERT_EQ(kill(SupervisorOf(*launcher), SIGTERM), 0);
  EXPECT_THAT(NothingLeft(Deadline::In(5s)), IsOk());
  EXPECT_THAT(service.value().exited(), Optional(std::string("signal 15")));
}

TEST_F(CrashTest, AKilledKeeperTakesItsServiceAlongAndNoOther) {
  auto launcher = StartLauncher();
  const Result<Service> other = launcher->Launch({.name = "other", .argv = {"sleep", "60"}});
  const Result<Service> service = launcher->Launch(Shell(kDaemonise));
  ASSERT_THAT(service, IsOk());
  const pid_t daemon = ReadPid(service.value().directory() + "/daemon");
  const std::vector<pid_t> keepers = Children(SupervisorOf(*launcher));
  for (const pid_t keeper : keepers) {
    for (const pid_t child : Children(keeper)) {
      if (child != service.value().pid()) continue;
      EXPECT_EQ(kill(keeper, SIGKILL), 0);
    }
  }
  EXPECT_THAT(EventuallyEnds(service.value().pid()), IsOk());
  EXPECT_THAT(EventuallyEnds(daemon), IsOk());
  EXPECT_THAT(service.value().exited(), Optional(std::string("supervisor died")));
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(other.value().exited(), std::nullopt);
}

TEST_F(CrashTest, LeftoversAreFoundAndRemoved) {
  auto launcher = StartLauncher();
  EXPECT_TRUE(FindLeftovers(base_).empty()) << "a run that lives is not left over";

  // A supervisor of long ago, and a process that still works in its directory.
  const std::string directory = base_ + "/iff-run-gone42";
  std::filesystem::create_directories(directory + "/vault");
  {
    std::ofstream(directory + "/supervisor") << getpid() << " 1\n";
  }
  const pid_t straggler = fork();
  if (straggler == 0) {
    if (chdir((directory + "/vault").c_str()) == 0) execl("/bin/sleep", "sleep", "60", nullptr);
    _exit(127);
  }
  // Reaped by whoever waits; until then a zombie, which counts as gone.
  EXPECT_THAT(Eventually(Deadline::In(5s),
                         [&]() -> Result<bool> {
                           const std::vector<Leftover> found = FindLeftovers(base_);
                           return found.size() == 1 && found.front().run_directory == directory &&
                                  found.front().processes == std::vector<int>{straggler};
                         }),
              IsOk());
  for (const Leftover& leftover : FindLeftovers(base_)) EXPECT_THAT(Remove(leftover), IsOk());
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_FALSE(Lives(straggler));
  EXPECT_EQ(waitpid(straggler, nullptr, 0), straggler);
  EXPECT_TRUE(FindLeftovers(base_).empty());
  EXPECT_TRUE(std::filesystem::exists(launcher->run_directory()));
}

TEST_F(CrashTest, ADirectoryWithoutASupervisorYetIsNotLeftOver) {
  const std::string directory = base_ + "/iff-run-young1";
  std::filesystem::create_directory(directory);
  EXPECT_TRUE(FindLeftovers(base_).empty());
  std::filesystem::last_write_time(directory, std::filesystem::file_time_type::min() + 24h);
  ASSERT_EQ(FindLeftovers(base_).size(), 1U);
  EXPECT_THAT(Remove(FindLeftovers(base_).front()), IsOk());
}

}  // namespace
}  // namespace iff
