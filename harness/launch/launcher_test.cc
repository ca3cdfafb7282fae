#include "harness/launch/launcher.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "harness/launch/launch_testing.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::StartsWith;

using ProcessLauncherTest = LaunchTest;

TEST_F(ProcessLauncherTest, MakesARunDirectoryOthersCanPassThrough) {
  const auto launcher = StartLauncher();
  EXPECT_THAT(launcher->run_directory(), StartsWith(base_ + "/iff-run-"));
  struct stat status{};
  ASSERT_EQ(stat(launcher->run_directory().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0711U);
}

TEST_F(ProcessLauncherTest, StopsEveryServiceThatIsLeft) {
  auto launcher = StartLauncher();
  const Result<Service> one = launcher->Launch({.name = "one", .argv = {"sleep", "60"}});
  const Result<Service> two = launcher->Launch({.name = "two", .argv = {"sleep", "60"}});
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(two, IsOk());
  launcher.reset();
  EXPECT_THAT(one.value().exited(), Optional(std::string("signal 15")));
  EXPECT_FALSE(Lives(two.value().pid()));
  EXPECT_THAT(NothingLeft(Deadline::In(0ms)), IsOk());
}

TEST_F(ProcessLauncherTest, NamesTheProgramAndTheReasonWhenItCannotBeExecuted) {
  const auto launcher = StartLauncher();
  EXPECT_THAT(launcher->Launch({.name = "vault", .argv = {base_ + "/no/vault"}}),
              FailsWith(ErrorKind::kSystem, "vault: execute " + base_ + "/no/vault: No such file or directory"));
  EXPECT_THAT(launcher->Launch({.name = "vault", .argv = {"/etc/passwd"}}),
              FailsWith(ErrorKind::kSystem, "vault: execute /etc/passwd: Permission denied"));
  EXPECT_THAT(launcher->Launch({.name = "vault", .argv = {"no-such-vault"}}),
              FailsWith(ErrorKind::kInvalidInput, StartsWith("vault: find no-such-vault: not on PATH (")));
}

TEST_F(ProcessLauncherTest, NamesTheDirectoryThatCannotBeEntered) {
  const auto launcher = StartLauncher();
  EXPECT_THAT(launcher->Launch({.name = "vault", .argv = {"sleep", "60"}, .directory = base_ + "/none"}),
              FailsWith(ErrorKind::kSystem, "vault: change to " + base_ + "/none: No such file or directory"));
}

TEST_F(ProcessLauncherTest, RefusesSpecsThatMakeNoSense) {
  const auto launcher = StartLauncher();
  EXPECT_THAT(launcher->Launch({.name = "vault"}), FailsWith(ErrorKind::kInvalidInput, "vault: no program to run"));
  EXPECT_THAT(launcher->Launch({.name = "../vault", .argv = {"sleep", "60"}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("is not a plain file name")));
  EXPECT_THAT(launcher->MakeDirectory("supervisor", ""),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("is not a plain file name")));
  EXPECT_THAT(launcher->Launch({.name = "vault", .argv = {"sleep", std::string(300'000, '6')}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("arguments and environment take 300")));
}

TEST_F(ProcessLauncherTest, AnUnknownAccountIsAnError) {
  if (geteuid() != 0) return;  // only root becomes someone else
  const auto launcher = StartLauncher();
  EXPECT_THAT(launcher->Launch({.name = "vault", .argv = {"sleep", "60"}, .account = "no-such-account"}),
              FailsWith(ErrorKind::kInvalidInput, "vault: look up account no-such-account: there is none"));
}

// Nor is one tried again that was given: the ten thousandth would take ten thousand tries.
TEST_F(ProcessLauncherTest, GivesNoNameTwice) {
  const auto launcher = StartLauncher();
  const std::string stem = launcher->run_directory() + "/vault";
  for (const std::string& wanted : {stem, stem + "-2", stem + "-3"}) {
    EXPECT_THAT(launcher->MakeDirectory("vault", ""), IsOkAndHolds(wanted));
  }
  ASSERT_TRUE(std::filesystem::remove(stem + "-2"));
  EXPECT_THAT(launcher->MakeDirectory("vault", ""), IsOkAndHolds(stem + "-4"));
  EXPECT_THAT(launcher->MakeDirectory("jira", ""), IsOkAndHolds(launcher->run_directory() + "/jira"));
}

TEST_F(ProcessLauncherTest, LaunchesFromManyThreadsAtOnce) {
  const auto launcher = StartLauncher();
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<std::string> directories;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 4; ++round) {
        ServiceSpec spec = {.name = "same", .argv = {"/bin/sh", "-c", "echo ready; exec sleep 60"}};
        spec.ready = LogLine{.contains = "ready"};
        Result<Service> service = launcher->Launch(spec);
        ASSERT_THAT(service, IsOk());
        EXPECT_EQ(service.value().exited(), std::nullopt);
        const std::lock_guard lock(mutex);
        directories.insert(service.value().directory());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(directories.size(), 1U);
}

TEST_F(ProcessLauncherTest, SaysWhenTheRunDirectoryCannotBeMade) {
  EXPECT_THAT(ProcessLauncher::Start({.base_directory = base_ + "/full"}),
              FailsWith(ErrorKind::kSystem,
                        "start the supervisor: make a run directory in " + base_ + "/full: No such file or directory"));
  {
    std::ofstream file(base_ + "/file");
  }
  EXPECT_THAT(ProcessLauncher::Start({.base_directory = base_ + "/file"}),
              FailsWith(ErrorKind::kSystem, HasSubstr("make a run directory in " + base_ + "/file: Not a directory")));
  std::filesystem::remove(base_ + "/file");
}

TEST_F(ProcessLauncherTest, SaysWhenTheSupervisorCannotBeExecuted) {
  EXPECT_THAT(
      ProcessLauncher::Start({.supervisor = base_ + "/none", .base_directory = base_}),
      FailsWith(ErrorKind::kSystem, "start the supervisor: execute " + base_ + "/none: No such file or directory"));
  EXPECT_THAT(ProcessLauncher::Start({.supervisor = "/bin/true", .base_directory = base_}),
              FailsWith(ErrorKind::kUnavailable, "start the supervisor: /bin/true died"));
}

}  // namespace
}  // namespace iff
