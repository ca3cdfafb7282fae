// The launcher against the fake engine: what it orders, and what becomes of a container that ends, prints or is
// stopped.
#include "harness/container/container_launcher.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "harness/container/container_order.h"
#include "harness/container/fake_engine.h"
#include "harness/launch/launch_testing.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

class ContainerLauncherTest : public LaunchTest {
 protected:
  void SetUp() override {
    LaunchTest::SetUp();
    fake_.AddImage("base:1");
  }

  std::unique_ptr<ContainerLauncher> StartContainers() {
    ContainerLauncherOptions options{.engine = fake_.endpoint()};
    options.rules = {{.directory = "/native", .image = "base:1", .in_image = "/bin"}};
    options.processes.base_directory = base_;
    auto launcher = ContainerLauncher::Start(std::move(options));
    EXPECT_THAT(launcher, IsOk());
    return std::move(launcher).value();
  }

  static Result<std::string> EndOf(const Service& service) {
    TRY(Eventually(Deadline::In(30s), [&]() -> Result<bool> { return service.exited().has_value(); }));
    return *service.exited();
  }

  Result<std::vector<ContainerSummary>> Left() {
    Engine engine(fake_.endpoint());
    return engine.List({{kProjectLabel, kProject}});
  }

  FakeEngine fake_;
};

TEST_F(ContainerLauncherTest, AContainersOutputAndEndAreTheServices) {
  const auto launcher = StartContainers();
  Result<Service> echo = launcher->Launch({.name = "echo", .argv = {"/native/echo", "hello"}});
  ASSERT_THAT(echo, IsOk());
  EXPECT_THAT(EndOf(*echo), IsOkAndHolds("exit 0"));
  EXPECT_EQ(echo->LogSince(0), "hello\n");
  Result<Service> shell = launcher->Launch({.name = "shell", .argv = {"/native/sh", "-c", "exit 7"}});
  ASSERT_THAT(shell, IsOk());
  EXPECT_THAT(EndOf(*shell), IsOkAndHolds("exit 7"));
  EXPECT_THAT(Left(), IsOkAndHolds(IsEmpty()));
}

TEST_F(ContainerLauncherTest, StoppingAServiceRemovesItsContainer) {
  const auto launcher = StartContainers();
  Result<Service> sleeper = launcher->Launch({.name = "sleeper", .argv = {"/native/sleep", "600"}});
  ASSERT_THAT(sleeper, IsOk());
  const Result<void> there = Eventually(Deadline::In(30s), [&]() -> Result<bool> {
    const std::vector<ContainerSummary> left = TRY(Left());
    return left.size() == 1 && left[0].running;
  });
  EXPECT_THAT(there, IsOk());
  sleeper->Stop();
  EXPECT_THAT(sleeper->exited(), Optional(std::string("signal 15")));
  EXPECT_THAT(Left(), IsOkAndHolds(IsEmpty()));
}

TEST_F(ContainerLauncherTest, AContainerMayDoAsLittleAsPossible) {
  const auto launcher = StartContainers();
  Result<Service> sleeper = launcher->Launch(
      {.name = "sleeper", .argv = {"/native/sleep", "600"}, .environment = {{"PROGRAM", "/native/other"}}});
  ASSERT_THAT(sleeper, IsOk());
  std::string created;
  const std::string name = std::filesystem::path(launcher->run_directory()).filename().string() + "-1-sleeper";
  const Result<void> known = Eventually(Deadline::In(30s), [&]() -> Result<bool> {
    created = fake_.Created(name);
    return !created.empty();
  });
  ASSERT_THAT(known, IsOk());
  const Result<Json> body = ParseJson(created);
  ASSERT_THAT(body, IsOk());
  EXPECT_EQ(AtOr<std::string>(*body, "/Entrypoint/0", ""), "/bin/sleep");
  EXPECT_EQ(AtOr<std::string>(*body, "/HostConfig/CapDrop/0", ""), "ALL");
  EXPECT_TRUE(AtOr<bool>(*body, "/HostConfig/ReadonlyRootfs", false));
  EXPECT_GT(AtOr<int64_t>(*body, "/HostConfig/Memory", 0), 0);
  EXPECT_GT(AtOr<int64_t>(*body, "/HostConfig/PidsLimit", 0), 0);
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_EQ(AtOr<std::string>(*body, "/HostConfig/Ulimits/0/Name", ""), "nofile");
  EXPECT_EQ(AtOr<int64_t>(*body, "/HostConfig/Ulimits/0/Soft", 0),
            std::min<int64_t>(static_cast<int64_t>(files.rlim_cur), 1 << 20));
  EXPECT_EQ(AtOr<std::string>(*body, "/HostConfig/Ulimits/1/Name", ""), "nproc");
  EXPECT_EQ(Find(*body, "/HostConfig/PortBindings"), nullptr);
  EXPECT_EQ(Find(*body, "/HostConfig/Privileged"), nullptr);
  EXPECT_EQ(AtOr<std::string>(*body, "/HostConfig/Binds/0", ""),
            launcher->run_directory() + ":" + launcher->run_directory() + ":ro");
  EXPECT_EQ((*body)["Labels"].value(kRunLabel, ""), launcher->run_directory());
  EXPECT_THAT(created, HasSubstr("PROGRAM=/bin/other"));
}

TEST_F(ContainerLauncherTest, SaysThatNoImageHoldsAProgram) {
  const auto launcher = StartContainers();
  EXPECT_THAT(
      launcher->Launch({.name = "other", .argv = {"/somewhere/else"}}),
      FailsWith(ErrorKind::kInvalidInput, AllOf(HasSubstr("/somewhere/else"), HasSubstr("--target-in native"))));
}

TEST_F(ContainerLauncherTest, NamesTheImagesThatAreMissing) {
  ContainerLauncherOptions options{.engine = fake_.endpoint()};
  options.rules = {{.directory = "/native", .image = "missing:1", .in_image = "/bin"}};
  options.processes.base_directory = base_;
  EXPECT_THAT(ContainerLauncher::Start(std::move(options)),
              FailsWith(ErrorKind::kUnavailable, AllOf(HasSubstr("missing:1"), HasSubstr("docker/local-images"))));
}

// A store nobody asked for need not have an image.
TEST_F(ContainerLauncherTest, MissesAnImageThatIsNotAlwaysNeededOnlyWhenItIsNeeded) {
  ContainerLauncherOptions options{.engine = fake_.endpoint()};
  options.rules = {{.directory = "/native", .image = "base:1", .in_image = "/bin"},
                   {.directory = "/other", .image = "missing:1", .in_image = "/bin", .always = false}};
  options.processes.base_directory = base_;
  const auto launcher = ContainerLauncher::Start(std::move(options));
  ASSERT_THAT(launcher, IsOk());
  ServiceSpec spec{.name = "store", .argv = {"/other/store"}};
  spec.ready = LogLine{.contains = "never said"};
  EXPECT_THAT((*launcher)->Launch(std::move(spec)),
              FailsWith(ErrorKind::kUnavailable, AllOf(HasSubstr("store: create container"), HasSubstr("missing:1"),
                                                       HasSubstr("docker/local-images"))));
}

TEST_F(ContainerLauncherTest, SaysWhyAContainerWasNotStarted) {
  fake_.Refuse("/start", 500, "failed to create task: no space left on device");
  const auto launcher = StartContainers();
  ServiceSpec spec{.name = "sleeper", .argv = {"/native/sleep", "600"}};
  spec.ready = LogLine{.contains = "never said"};
  EXPECT_THAT(
      launcher->Launch(std::move(spec)),
      FailsWith(ErrorKind::kUnavailable, AllOf(HasSubstr("sleeper: start container"), HasSubstr("free some space"))));
  EXPECT_THAT(Left(), IsOkAndHolds(IsEmpty()));
}

TEST_F(ContainerLauncherTest, FindsAndRemovesWhatARunThatIsGoneLeft) {
  Engine engine(fake_.endpoint());
  Json body = {{"Image", "base:1"}};
  body["Labels"] = {{kProjectLabel, kProject}, {kRunLabel, base_ + "/iff-run-gone"}};
  ASSERT_THAT(engine.Create("left", body), IsOk());
  ASSERT_THAT(engine.CreateVolume("alone", {{kProjectLabel, kProject}, {kRunLabel, base_ + "/iff-run-older"}}), IsOk());
  ASSERT_THAT(engine.CreateNetwork("another", {{kProjectLabel, "not ours"}}), IsOk());
  const auto launcher = StartContainers();
  Result<Service> alive = launcher->Launch({.name = "alive", .argv = {"/native/sleep", "600"}});
  ASSERT_THAT(alive, IsOk());
  const Result<std::vector<LeftoverContainers>> left = FindLeftoverContainers(engine);
  ASSERT_THAT(left, IsOk());
  ASSERT_EQ(left->size(), 2U);
  EXPECT_EQ(left->front().run, base_ + "/iff-run-gone");
  EXPECT_THAT(left->front().containers, ::testing::SizeIs(1));
  EXPECT_EQ(left->back().run, base_ + "/iff-run-older");
  EXPECT_THAT(left->back().volumes, ::testing::ElementsAre("alone"));
  for (const LeftoverContainers& one : *left) EXPECT_THAT(Remove(engine, one), IsOk());
  EXPECT_THAT(engine.ListVolumes({}), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(FindLeftoverContainers(engine), IsOkAndHolds(IsEmpty()));
  EXPECT_FALSE(alive->exited().has_value());
}

}  // namespace
}  // namespace iff
