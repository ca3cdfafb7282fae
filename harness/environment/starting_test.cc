#include <gtest/gtest.h>

#include <fstream>
#include <optional>

#include "harness/core/clock.h"
#include "harness/environment/environment.h"
#include "harness/launch/launch_testing.h"
#include "harness/launch/readiness.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Longer than any test is waited for.
constexpr std::chrono::minutes kForEver(10);

// A process of which its component waits for itself, as most fixtures do.
class ShellComponent final : public Component {
 public:
  ShellComponent(std::string name, Service service) : name_(std::move(name)), service_(std::move(service)) {}
  const std::string& name() const override { return name_; }
  std::string version() const override { return "shell"; }
  Endpoint endpoint() const override { return {}; }
  Outputs outputs() const override { return {}; }
  Result<void> Check() override { return {}; }
  std::string LogTail(size_t lines) const override { return service_.LogTail(lines); }
  std::vector<std::string> log_paths() const override { return {service_.log_path()}; }

 private:
  std::string name_;
  Service service_;
};

// Real processes: what is given up is stopped in another thread than the one that waits for it.
class StartingTest : public LaunchTest {
 protected:
  void SetUp() override {
    LaunchTest::SetUp();
    launcher_ = StartLauncher();
    Driver driver;
    driver.name = "shell";
    driver.outputs = [](const Json&, const Endpoint&) -> Result<Outputs> { return Outputs(); };
    driver.start = [](const StartContext& context) -> Result<std::unique_ptr<Component>> {
      ServiceSpec spec = Shell(context.options.at("script").get<std::string>());
      spec.name = context.name;
      const LogLine ready = {.contains = "ready to serve"};
      spec.stop_within = kForEver;
      // One half of the components leaves the wait to the launcher.
      if (AtOr<bool>(context.options, "by_launcher", false)) {
        spec.ready = ready;
        spec.ready_within = kForEver;
      }
      Service service = TRY(context.launcher.Launch(std::move(spec)));
      TRY(AwaitReady(service, ready, kForEver));
      return std::unique_ptr<Component>(new ShellComponent(context.name, std::move(service)));
    };
    driver_registry_.Add(std::move(driver));
  }

  void TearDown() override {
    launcher_ = nullptr;
    LaunchTest::TearDown();
  }

  static ComponentSpec Spec(const std::string& name, const std::string& script, bool by_launcher = false) {
    ComponentSpec spec;
    spec.name = name;
    spec.driver = "shell";
    spec.options = {{"script", script}, {"by_launcher", by_launcher}};
    return spec;
  }

  // The scripts find each other's files here.
  std::string File(const std::string& name) const { return launcher_->run_directory() + "/" + name; }

  Result<std::unique_ptr<Environment>> Start(const std::vector<ComponentSpec>& specs) {
    const Deadline soon = Deadline::In(30s);
    // What was found to be ready leaves a file: "vault-is-ready".
    const auto note = [this](const ComponentReady& ready) {
      std::ofstream(File(std::string(ready.name) + "-is-ready"));
    };
    auto environment = Environment::Start(specs, driver_registry_, *launcher_, Keyring(), {.on_ready = note});
    EXPECT_FALSE(soon.Passed()) << "it waited for those that take long";
    return environment;
  }

  Result<void> NothingRuns() const {
    return Eventually(Deadline::In(5s), [this]() -> Result<bool> {
      for (const pid_t pid : ProcessesIn(launcher_->run_directory())) {
        return Error(ErrorKind::kUnavailable, "left running: " + std::to_string(pid));
      }
      return true;
    });
  }

  std::unique_ptr<ProcessLauncher> launcher_;
  DriverRegistry driver_registry_;
};

TEST_F(StartingTest, OneThatDiesEndsTheStartWithItsLastWordsAndTheOthersWithIt) {
  // It dies once all are under way, so that none is spared by not having been launched.
  const std::string together = "touch " + File("a") + "; ";
  const std::string dies = "until [ -e " + File("a") + " ] && [ -e " + File("b") +
                           " ]; do :; done; echo 'listen: address already in use'; exit 3";
  EXPECT_THAT(
      Start({Spec("slow", together + "echo booting; exec sleep 600"), Spec("vault", dies),
             Spec("slower", "touch " + File("b") + "; exec sleep 600", true)}),
      FailsWith(
          ErrorKind::kUnavailable,
          AllOf(StartsWith("start vault: vault ended (exit 3) while waiting for a log line with \"ready to serve\""),
                HasSubstr("likely cause: something else listens on its port"),
                EndsWith("its last log lines:\n  | listen: address already in use"))));
  EXPECT_THAT(NothingRuns(), IsOk());
}

TEST_F(StartingTest, OneThatWasReadyAndDiesWhileOthersStartEndsTheStart) {
  EXPECT_THAT(
      Start({Spec("slow", "exec sleep 600"),
             Spec("vault", "echo ready to serve; until [ -e " + File("vault-is-ready") +
                               " ]; do sleep 0.01; done; echo 'no space left on device'; exit 1")}),
      FailsWith(ErrorKind::kUnavailable,
                AllOf(StartsWith("start vault: vault ended (exit 1) after it was ready, while waiting for slow"),
                      HasSubstr("likely cause: the disk is full"),
                      EndsWith("\n  | ready to serve\n  | no space left on device"))));
  EXPECT_THAT(NothingRuns(), IsOk());
}

TEST_F(StartingTest, OneThatHeedsNoSignalIsNotWaitedForLong) {
  EXPECT_THAT(Start({Spec("deaf", "trap '' TERM; touch " + File("a") + "; while :; do sleep 0.05; done"),
                     Spec("vault", "until [ -e " + File("a") + " ]; do :; done; exit 3")}),
              FailsWith(ErrorKind::kUnavailable, StartsWith("start vault: vault ended (exit 3)")));
  EXPECT_THAT(NothingRuns(), IsOk());
}

TEST_F(StartingTest, OneThatEndedInTimeDoesNoHarm) {
  const auto environment =
      Start({Spec("a", "echo ready to serve; exec sleep 600"), Spec("b", "echo ready to serve; exec sleep 600", true)});
  ASSERT_THAT(environment, IsOk());
  EXPECT_EQ((*environment)->components().size(), 2U);
}

}  // namespace
}  // namespace iff
