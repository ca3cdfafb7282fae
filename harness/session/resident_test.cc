#include "harness/session/resident.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "harness/core/clock.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

// A resident that serves on a thread of its own until the test ends.
class ResidentTest : public testing::Test {
 protected:
  ~ResidentTest() override { Stop(); }

  void Serve(ResidentCommand command) {
    resident_ = Resident::Listen(name_).value();
    server_ = std::thread([this, command = std::move(command)] { resident_->Serve(command); });
  }
  void Stop() {
    if (resident_ != nullptr) resident_->Stop();
    if (server_.joinable()) server_.join();
    resident_.reset();
  }

  const std::string name_ =
      "iff-test-" + std::to_string(getpid()) + "-" + testing::UnitTest::GetInstance()->current_test_info()->name();
  std::unique_ptr<Resident> resident_;
  std::thread server_;
};

TEST_F(ResidentTest, IsHandedTheCommandAndHandsBackTheExitCode) {
  std::vector<std::string> seen;
  Serve([&](const std::vector<std::string>& arguments, const AskerEnds& ends, const std::atomic<bool>&) {
    seen = arguments;
    EXPECT_EQ(write(ends.out, "", 0), 0);
    return 42;
  });
  const Result<std::optional<int>> answered = AskResident(name_, {"run", "two words", "\"quoted\" \xC3\xA9", ""});
  ASSERT_THAT(answered, IsOk());
  EXPECT_EQ(*answered, 42);
  EXPECT_EQ(seen, (std::vector<std::string>{"run", "two words", "\"quoted\" \xC3\xA9", ""}));
}

TEST_F(ResidentTest, WritesToTheTerminalOfWhoeverAsks) {
  Serve([&](const std::vector<std::string>&, const AskerEnds& ends, const std::atomic<bool>&) {
    return write(ends.out, "hello\n", 6) == 6 && write(ends.err, "alas\n", 5) == 5 ? 0 : 1;
  });
  int ends[2] = {-1, -1};
  int errors[2] = {-1, -1};
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(pipe(errors), 0);
  const pid_t asker = fork();
  if (asker == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(errors[1], STDERR_FILENO);
    const Result<std::optional<int>> answered = AskResident(name_, {"status"});
    _exit(answered.ok() && *answered ? **answered : 99);
  }
  close(ends[1]);
  close(errors[1]);
  char text[16] = {};
  EXPECT_EQ(read(ends[0], text, sizeof text), 6);
  EXPECT_STREQ(text, "hello\n");
  close(ends[0]);
  char error[16] = {};
  EXPECT_EQ(read(errors[0], error, sizeof error), 5);
  EXPECT_STREQ(error, "alas\n");
  close(errors[0]);
  int status = 0;
  ASSERT_EQ(waitpid(asker, &status, 0), asker);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(ResidentTest, IsNotThereWhenNobodyListens) {
  const Result<std::optional<int>> answered = AskResident(name_, {"status"});
  ASSERT_THAT(answered, IsOk());
  EXPECT_FALSE(answered->has_value());
}

TEST_F(ResidentTest, SharesItsNameWithNobodyAndLeavesItBehindForTheNext) {
  Serve([](const std::vector<std::string>&, const AskerEnds&, const std::atomic<bool>&) { return 0; });
  EXPECT_THAT(
      Resident::Listen(name_),
      FailsWith(ErrorKind::kInvalidInput, "an environment is up already: 'iff status' shows it, 'iff down' ends it"));
  Stop();
  EXPECT_THAT(Resident::Listen(name_), IsOk());
}

TEST_F(ResidentTest, ServesSeveralAskersAtOnce) {
  std::atomic<int> inside = 0;
  Serve([&](const std::vector<std::string>&, const AskerEnds&, const std::atomic<bool>&) {
    ++inside;
    return Eventually(Deadline::In(5s), [&]() -> Result<bool> { return inside == 2; }).ok() ? 0 : 1;
  });
  std::thread other([&] { EXPECT_EQ(AskResident(name_, {"a"}).value(), 0); });
  EXPECT_EQ(AskResident(name_, {"b"}).value(), 0);
  other.join();
}

TEST_F(ResidentTest, NoticesThatTheAskerHungUp) {
  std::atomic<bool> began = false;
  std::atomic<int> noticed = 0;
  Serve([&](const std::vector<std::string>&, const AskerEnds&, const std::atomic<bool>& hung_up) {
    began = true;
    noticed = Eventually(Deadline::In(10s), [&]() -> Result<bool> { return hung_up.load(); }).ok() ? 1 : 2;
    return 0;
  });
  const pid_t asker = fork();
  if (asker == 0) {
    (void)AskResident(name_, {"run"});
    _exit(0);
  }
  EXPECT_THAT(Eventually(Deadline::In(10s), [&]() -> Result<bool> { return began.load(); }), IsOk());
  kill(asker, SIGKILL);
  ASSERT_EQ(waitpid(asker, nullptr, 0), asker);
  EXPECT_THAT(Eventually(Deadline::In(10s), [&]() -> Result<bool> { return noticed != 0; }), IsOk());
  EXPECT_EQ(noticed, 1);
}

TEST_F(ResidentTest, TellsAnAskerThatWaitsToTheEndThatNobodyHungUp) {
  std::atomic<bool> was_hung_up = false;
  Serve([&](const std::vector<std::string>&, const AskerEnds&, const std::atomic<bool>& hung_up) {
    // Longer than the watcher's glance.
    (void)Eventually(Deadline::In(150ms), [&]() -> Result<bool> { return hung_up.load(); });
    was_hung_up = hung_up.load();
    return 0;
  });
  EXPECT_EQ(AskResident(name_, {"run"}).value(), 0);
  EXPECT_FALSE(was_hung_up);
}

TEST_F(ResidentTest, IsToldWhenTheAskerWantsItToEndAndStillAnswers) {
  std::atomic<bool> interrupted = false;
  Serve([&](const std::vector<std::string>&, const AskerEnds&, const std::atomic<bool>& hung_up) {
    interrupted = true;
    return Eventually(Deadline::In(20s), [&]() -> Result<bool> { return hung_up.load(); }).ok() ? 7 : 1;
  });
  EXPECT_EQ(AskResident(name_, {"run"}, {.interrupted = &interrupted}).value(), 7);
}

TEST_F(ResidentTest, IsLeftAtOnceByWhoeverAsksForThat) {
  const std::atomic<bool> interrupted = true;
  std::atomic<bool> noticed = false;
  Serve([&](const std::vector<std::string>&, const AskerEnds&, const std::atomic<bool>& hung_up) {
    noticed = Eventually(Deadline::In(20s), [&]() -> Result<bool> { return hung_up.load(); }).ok();
    return 7;
  });
  EXPECT_EQ(AskResident(name_, {"watch"}, {.interrupted = &interrupted, .leaves_at_once = true}).value(), 0);
  EXPECT_THAT(Eventually(Deadline::In(20s), [&]() -> Result<bool> { return noticed.load(); }), IsOk());
}

TEST_F(ResidentTest, AsksWhateverIsUnderWayToEndWhenItStops) {
  std::atomic<bool> began = false;
  Serve([&](const std::vector<std::string>&, const AskerEnds&, const std::atomic<bool>& hung_up) {
    began = true;
    return Eventually(Deadline::In(20s), [&]() -> Result<bool> { return hung_up.load(); }).ok() ? 7 : 1;
  });
  std::thread asker([&] { EXPECT_EQ(AskResident(name_, {"shell"}).value(), 7); });
  EXPECT_THAT(Eventually(Deadline::In(10s), [&]() -> Result<bool> { return began.load(); }), IsOk());
  Stop();
  asker.join();
}

TEST_F(ResidentTest, SaysWhenItWentAwayMeanwhile) {
  // A resident in a process of its own, which dies while it works.
  int ready[2] = {-1, -1};
  ASSERT_EQ(pipe(ready), 0);
  const pid_t resident = fork();
  if (resident == 0) {
    const Result<std::unique_ptr<Resident>> listening = Resident::Listen(name_);
    if (!listening.ok() || write(ready[1], "!", 1) != 1) _exit(1);
    (*listening)->Serve([](const std::vector<std::string>&, const AskerEnds&, const std::atomic<bool>&) -> int {
      _exit(3);
    });
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_THAT(
      AskResident(name_, {"run"}),
      FailsWith(ErrorKind::kUnavailable, HasSubstr("the environment went away while it worked on this command")));
  waitpid(resident, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
}

TEST_F(ResidentTest, TakesNoCommandThatIsTooLong) {
  Serve([](const std::vector<std::string>&, const AskerEnds&, const std::atomic<bool>&) { return 0; });
  EXPECT_THAT(AskResident(name_, {std::string(70'000, 'x')}),
              FailsWith(ErrorKind::kInvalidInput, "the command line is too long"));
  EXPECT_EQ(AskResident(name_, {"status"}).value(), 0);
}

TEST_F(ResidentTest, IsTheProgramOfWhoeverAsksOrIsToldOf) {
  Serve([](const std::vector<std::string>&, const AskerEnds&, const std::atomic<bool>&) { return 0; });
  bool told = false;
  EXPECT_EQ(AskResident(name_, {"status"}, {.on_other_program = [&] { told = true; }}).value(), 0);
  EXPECT_FALSE(told);

  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe(ends), 0);
  const pid_t other = fork();
  if (other == 0) {
    dup2(ends[0], STDIN_FILENO);
    execlp("cat", "cat", nullptr);
    _exit(127);
  }
  EXPECT_THAT(Eventually(Deadline::In(10s), [&]() -> Result<bool> { return !RunsOurProgram(other); }), IsOk());
  EXPECT_TRUE(RunsOurProgram(getpid()));
  close(ends[0]);
  kill(other, SIGTERM);
  waitpid(other, nullptr, 0);
  close(ends[1]);
}

TEST(ResidentName, IsOneForEachRootOrWhatTheEnvironmentSays) {
  unsetenv("IFF_RESIDENT");
  EXPECT_NE(ResidentName("/a"), ResidentName("/b"));
  EXPECT_EQ(ResidentName("/a"), ResidentName("/a"));
  setenv("IFF_RESIDENT", "ours", 1);
  EXPECT_EQ(ResidentName("/a"), ResidentName("/b"));
  unsetenv("IFF_RESIDENT");
}

}  // namespace
}  // namespace iff
