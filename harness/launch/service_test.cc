#include "harness/launch/service.h"

#include <arpa/inet.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "harness/launch/descriptor.h"
#include "harness/launch/launch_testing.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using ::testing::StartsWith;

// Listens on a loopback port; answers each connection with `answer`.
class Listener {
 public:
  explicit Listener(std::string answer = "") : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_.get(), 8), 0);
    getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    endpoint.port = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] {
      while (true) {
        const Descriptor peer(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!peer.open()) return;
        char request[4096];
        if (answer.empty() || recv(peer.get(), request, sizeof request, 0) <= 0) continue;
        send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
      }
    });
  }
  ~Listener() {
    shutdown(socket_.get(), SHUT_RDWR);
    thread_.join();
  }

  Endpoint endpoint = {};

 private:
  Descriptor socket_;
  std::thread thread_;
};

class ServiceTest : public LaunchTest {
 protected:
  void SetUp() override {
    LaunchTest::SetUp();
    launcher_ = StartLauncher();
  }
  void TearDown() override {
    launcher_.reset();
    LaunchTest::TearDown();
  }
  Service Launched(ServiceSpec spec) {
    Result<Service> service = launcher_->Launch(std::move(spec));
    EXPECT_THAT(service, IsOk());
    return std::move(service).value();
  }
  // What a shell script wrote until it ended by itself.
  std::string OutputOf(ServiceSpec spec) {
    const Service service = Launched(std::move(spec));
    EXPECT_THAT(Eventually(Deadline::In(5s), [&]() -> Result<bool> { return service.exited().has_value(); }), IsOk());
    return service.LogSince(0);
  }

  std::unique_ptr<ProcessLauncher> launcher_;
};

TEST_F(ServiceTest, StartsAndStops) {
  Service service = Launched({.name = "sleeper", .argv = {"sleep", "60"}});
  const pid_t pid = service.pid();
  EXPECT_TRUE(Lives(pid));
  EXPECT_EQ(service.exited(), std::nullopt);
  EXPECT_EQ(service.directory(), launcher_->run_directory() + "/sleeper");
  service.Stop();
  EXPECT_THAT(service.exited(), Optional(std::string("signal 15")));
  EXPECT_FALSE(Lives(pid));
  service.Stop();
}

TEST_F(ServiceTest, RemovesItsDirectoryAndLogWhenDestroyed) {
  std::string directory;
  std::string log;
  {
    const Service service = Launched(Shell("mkdir -p a/b && touch a/b/c && chmod 0 a/b a; exec sleep 60"));
    directory = service.directory();
    log = service.log_path();
    EXPECT_TRUE(std::filesystem::exists(directory));
    EXPECT_TRUE(std::filesystem::exists(log));
  }
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_FALSE(std::filesystem::exists(log));
}

TEST_F(ServiceTest, TellsHowItEnded) {
  const Service service = Launched(Shell("exit 3"));
  EXPECT_THAT(Eventually(Deadline::In(5s), [&]() -> Result<bool> { return service.exited().has_value(); }), IsOk());
  EXPECT_THAT(service.exited(), Optional(std::string("exit 3")));
}

TEST_F(ServiceTest, DeathBeforeItIsReadyIsReportedAtOnceWithItsLastWords) {
  ServiceSpec spec = Shell("echo first; echo 'bind: Address already in use' >&2; exit 3");
  spec.ready = LogLine{.contains = "ready to serve"};
  const Deadline soon = Deadline::In(10s);
  EXPECT_THAT(launcher_->Launch(spec),
              FailsWith(ErrorKind::kUnavailable,
                        AllOf(StartsWith("shell ended (exit 3) while waiting for a log line with \"ready to serve\""),
                              HasSubstr("likely cause: something else listens on its port"),
                              EndsWith("its last log lines:\n  | first\n  | bind: Address already in use"))));
  EXPECT_FALSE(soon.Passed());
}

TEST_F(ServiceTest, AStackTraceDoesNotHideWhatWentWrong) {
  ServiceSpec spec = Shell(
      "echo 'bind: Address already in use'; echo 'IllegalStateException: stopping'; "
      "for each in $(seq 100); do printf '\\tat java.base/java.util.ArrayList.forEach(Unknown Source)\\n'; done; "
      "printf '\\t... 42 more\\n'; echo stopped");
  spec.ready = LogLine{.contains = "serving"};
  EXPECT_THAT(launcher_->Launch(spec),
              FailsWith(ErrorKind::kUnavailable,
                        EndsWith("; likely cause: something else listens on its port: end it, or a run that is gone "
                                 "left it behind; its last log lines:\n  | bind: Address already in use\n  | "
                                 "IllegalStateException: stopping\n  | \t(101 lines of a stack trace)\n  | stopped")));
}

TEST_F(ServiceTest, LateReadinessIsATimeoutThatSaysWhatWasAwaited) {
  ServiceSpec spec = {.name = "sleeper", .argv = {"sleep", "60"}};
  spec.ready = LogLine{.contains = "ready"};
  spec.ready_within = 50ms;
  EXPECT_THAT(launcher_->Launch(spec),
              FailsWith(ErrorKind::kTimeout,
                        "sleeper: not ready after 50 ms, waiting for a log line with \"ready\": no log line contains "
                        "\"ready\"; it logged nothing"));
}

TEST_F(ServiceTest, IsReadyWhenALogLineAppears) {
  ServiceSpec spec = Shell("echo starting; echo ready to serve; exec sleep 60");
  spec.ready = LogLine{.contains = "ready to serve"};
  EXPECT_THAT(Launched(spec).LogTail(1), "ready to serve");
}

TEST_F(ServiceTest, IsReadyWhenItsPortAcceptsConnections) {
  const Listener listener;
  ServiceSpec spec = {.name = "sleeper", .argv = {"sleep", "60"}};
  spec.ready = TcpOpen{.endpoint = listener.endpoint};
  EXPECT_THAT(launcher_->Launch(spec), IsOk());
}

TEST_F(ServiceTest, IsNotReadyWhileNobodyListens) {
  ServiceSpec spec = {.name = "sleeper", .argv = {"sleep", "60"}};
  spec.ready_within = 50ms;
  const Result<HeldPort> held = HeldPort::Acquire();
  spec.ready = TcpOpen{.endpoint = held.value().endpoint()};
  EXPECT_THAT(launcher_->Launch(spec), FailsWith(ErrorKind::kTimeout, HasSubstr("Connection refused")));
}

TEST_F(ServiceTest, IsReadyWhenItAnswersTheStatusWanted) {
  const Listener listener("HTTP/1.1 503 Sealed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  ServiceSpec spec = {.name = "sleeper", .argv = {"sleep", "60"}};
  spec.ready = HttpOk{.endpoint = listener.endpoint, .target = "/health", .statuses = {200, 503}};
  EXPECT_THAT(launcher_->Launch(spec), IsOk());
}

TEST_F(ServiceTest, IsNotReadyWhileItAnswersAnotherStatus) {
  const Listener listener("HTTP/1.1 503 Sealed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  ServiceSpec spec = {.name = "sleeper", .argv = {"sleep", "60"}};
  spec.ready = HttpOk{.endpoint = listener.endpoint, .target = "/health"};
  spec.ready_within = 50ms;
  EXPECT_THAT(launcher_->Launch(spec), FailsWith(ErrorKind::kTimeout, HasSubstr("/health: answered 503")));
}

TEST_F(ServiceTest, KillsItsChildrenWhenDestroyed) {
  pid_t daemon = 0;
  {
    // Twice removed, in a session of its own, deaf to the polite signals.
    const Service service =
        Launched(Shell("(setsid sh -c 'trap \"\" TERM HUP INT; echo $$ > daemon; while :; do sleep 60; done' &) ; "
                       "exec sleep 60"));
    daemon = ReadPid(service.directory() + "/daemon");
    EXPECT_TRUE(Lives(daemon));
  }
  EXPECT_FALSE(Lives(daemon));
}

TEST_F(ServiceTest, KillsWhatItLeftBehindAfterItEnded) {
  pid_t daemon = 0;
  {
    const Service service = Launched(Shell("(setsid sh -c 'echo $$ > daemon; sleep 60; :' &)"));
    daemon = ReadPid(service.directory() + "/daemon");
    EXPECT_THAT(Eventually(Deadline::In(5s), [&]() -> Result<bool> { return service.exited().has_value(); }), IsOk());
    EXPECT_TRUE(Lives(daemon));
  }
  EXPECT_FALSE(Lives(daemon));
}

TEST_F(ServiceTest, LeavesOtherServicesAlone) {
  const Service kept = Launched({.name = "kept", .argv = {"sleep", "60"}});
  {
    const Service gone = Launched({.name = "gone", .argv = {"sleep", "60"}});
  }
  EXPECT_TRUE(Lives(kept.pid()));
  EXPECT_EQ(kept.exited(), std::nullopt);
}

TEST_F(ServiceTest, IsKilledWhenItDoesNotStopInTime) {
  ServiceSpec spec = Shell("trap '' TERM; echo deaf; while :; do sleep 60; done");
  spec.ready = LogLine{.contains = "deaf"};
  spec.stop_within = 50ms;
  Service service = Launched(spec);
  service.Stop();
  EXPECT_THAT(service.exited(), Optional(std::string("signal 9")));
}

TEST_F(ServiceTest, IsAskedToStopWithItsOwnSignalEvenWhenFrozen) {
  ServiceSpec spec = Shell("trap 'exit 7' INT; echo armed; while :; do read -r line || sleep 0.01; done");
  spec.ready = LogLine{.contains = "armed"};
  spec.stop_signal = SIGINT;
  Service service = Launched(spec);
  service.Signal(SIGSTOP);
  service.Stop();
  EXPECT_THAT(service.exited(), Optional(std::string("exit 7")));
}

TEST_F(ServiceTest, InheritsNothingOfOurEnvironment) {
  ASSERT_EQ(setenv("IFF_TEST_INHERITED", "leaked", 1), 0);
  const std::string output =
      OutputOf({.name = "env", .argv = {"/usr/bin/env"}, .environment = {{"GIVEN", "value"}, {"LANG", "C"}}});
  const std::string directory = launcher_->run_directory() + "/env";
  EXPECT_THAT(output, Not(HasSubstr("leaked")));
  EXPECT_EQ(output, "GIVEN=value\nHOME=" + directory + "\nLANG=C\nPATH=" + std::string(getenv("PATH")) +
                        "\nTMPDIR=" + directory + "\n");
}

TEST_F(ServiceTest, InheritsNoneOfOurFilesOrSignals) {
  // Standard streams and the directory that ls itself reads.
  const std::string output = OutputOf(Shell("ls /proc/self/fd | wc -l; grep -E 'Sig(Blk|Ign)' /proc/self/status"));
  EXPECT_EQ(output, "4\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(ServiceTest, SwitchesTheAccountWhenWeAreRoot) {
  ServiceSpec spec = Shell("id -un; id -u; touch mine && echo wrote; echo more >> /dev/stderr && echo reopened");
  spec.account = "nobody";
  const std::string output = OutputOf(spec);
  if (geteuid() == 0) {
    const passwd* const nobody = getpwnam("nobody");
    ASSERT_NE(nobody, nullptr);
    EXPECT_EQ(output, "nobody\n" + std::to_string(nobody->pw_uid) + "\nwrote\nmore\nreopened\n");
  } else {
    EXPECT_THAT(output, HasSubstr("\n" + std::to_string(geteuid()) + "\nwrote"));
  }
}

TEST_F(ServiceTest, KillsAServiceOfAnotherAccountWhenItsOwnerDies) {
  ServiceSpec spec = {.name = "sleeper", .argv = {"sleep", "60"}};
  spec.account = "nobody";
  const Service service = Launched(spec);
  launcher_.reset();
  EXPECT_FALSE(Lives(service.pid()));
}

TEST_F(ServiceTest, TalksThroughPipes) {
  Service service = Launched({.name = "cat", .argv = {"cat"}, .pipes = true});
  const std::string large(300'000, 'x');
  std::thread writer([&] {
    EXPECT_THAT(service.WriteLine("hello"), IsOk());
    EXPECT_THAT(service.WriteLine(large), IsOk());
  });
  EXPECT_THAT(service.ReadLine(Deadline::In(5s)), IsOkAndHolds("hello"));
  EXPECT_THAT(service.ReadLine(Deadline::In(5s)), IsOkAndHolds(large));
  writer.join();
  EXPECT_THAT(service.ReadLine(Deadline::In(10ms)), FailsWith(ErrorKind::kTimeout, HasSubstr("from cat")));
  service.CloseInput();
  EXPECT_THAT(service.ReadLine(Deadline::In(5s)), FailsWith(ErrorKind::kUnavailable, HasSubstr("(exit 0)")));
  EXPECT_THAT(service.WriteLine("late"), FailsWith(ErrorKind::kUnavailable, HasSubstr("its input is closed")));
}

TEST_F(ServiceTest, WritingToOneThatReadsNoMoreIsAnErrorNotASignal) {
  ServiceSpec spec = Shell("exec <&-; echo closed; exec sleep 60");
  spec.pipes = true;
  Service service = Launched(spec);
  ASSERT_THAT(service.ReadLine(Deadline::In(5s)), IsOkAndHolds("closed"));
  EXPECT_THAT(service.WriteLine("anyone?"), FailsWith(ErrorKind::kUnavailable, HasSubstr("it reads no more")));
}

TEST_F(ServiceTest, KeepsStandardErrorOfAPipedOneInItsLog) {
  ServiceSpec spec = Shell("echo out; echo err >&2; exec sleep 60");
  spec.pipes = true;
  spec.ready = LogLine{.contains = "err"};
  Service service = Launched(spec);
  EXPECT_EQ(service.LogSince(0), "err\n");
  EXPECT_THAT(service.ReadLine(Deadline::In(5s)), IsOkAndHolds("out"));
}

TEST_F(ServiceTest, ReadsItsLogFromAnOffsetAndFromTheEnd) {
  ServiceSpec spec = Shell("for i in 1 2 3 4; do echo line $i; done; printf end; exec sleep 60");
  spec.ready = LogLine{.contains = "end"};
  const Service service = Launched(spec);
  EXPECT_EQ(service.LogSize(), 31U);
  EXPECT_EQ(service.LogSince(21), "line 4\nend");
  EXPECT_EQ(service.LogSince(1000), "");
  EXPECT_EQ(service.LogTail(2), "line 4\nend");
  EXPECT_EQ(service.LogTail(), "line 1\nline 2\nline 3\nline 4\nend");
  EXPECT_EQ(service.LogTail(0), "");
}

TEST_F(ServiceTest, WorksInTheDirectoryGivenAndLeavesItThere) {
  const Result<std::string> directory = launcher_->MakeDirectory("vault", "");
  ASSERT_THAT(directory, IsOkAndHolds(launcher_->run_directory() + "/vault"));
  ServiceSpec spec = Shell("pwd");
  spec.directory = directory.value();
  EXPECT_EQ(OutputOf(spec), directory.value() + "\n");
  EXPECT_TRUE(std::filesystem::exists(directory.value()));
}

}  // namespace
}  // namespace iff
