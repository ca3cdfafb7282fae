#include "harness/container/engine.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/container/fake_engine.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(FindEngine, TakesDockerHostAndNothingElse) {
  const Result<Endpoint> unix_socket = FindEngine({.docker_host = "unix:///run/user/7/docker.sock"});
  ASSERT_THAT(unix_socket, IsOk());
  EXPECT_EQ(AddressOf(*unix_socket), "unix:///run/user/7/docker.sock");
  const Result<Endpoint> tcp = FindEngine({.docker_host = "tcp://127.0.0.1:2375", .sockets = {"/anything"}});
  ASSERT_THAT(tcp, IsOk());
  EXPECT_EQ(AddressOf(*tcp), "tcp://127.0.0.1:2375");
  EXPECT_THAT(FindEngine({.docker_host = "ssh://host"}),
              FailsWith(ErrorKind::kInvalidInput, AllOf(HasSubstr("ssh://host"), HasSubstr("unix:///path"))));
}

TEST(FindEngine, NamesEveryPlaceItLookedAt) {
  EXPECT_THAT(FindEngine({.sockets = {"/nonexistent/a.sock", "/nonexistent/b.sock"}}),
              FailsWith(ErrorKind::kUnavailable, AllOf(HasSubstr("/nonexistent/a.sock, /nonexistent/b.sock"),
                                                       HasSubstr("DOCKER_HOST"), HasSubstr("--in native"))));
}

TEST(Engine, SaysThatNobodyListensAtItsSocket) {
  std::string directory = (std::filesystem::temp_directory_path() / "iff-engine-XXXXXX").string();
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/engine.sock";
  const int left = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(left);  // what a killed engine leaves: a name without a listener

  Engine dead({.scheme = "unix", .host = path});
  EXPECT_THAT(dead.Version(), FailsWith(ErrorKind::kUnavailable, AllOf(HasSubstr(path), HasSubstr("does not run"))));
  Engine absent({.scheme = "unix", .host = directory + "/nothing"});
  EXPECT_THAT(absent.Version(), FailsWith(ErrorKind::kUnavailable, HasSubstr("there is no such socket")));
  std::filesystem::remove_all(directory);
}

TEST(Engine, RefusesOneThatIsTooOld) {
  FakeEngine fake;
  fake.Speak("1.24");
  Engine engine(fake.endpoint());
  EXPECT_THAT(engine.Version(), FailsWith(ErrorKind::kUnavailable, AllOf(HasSubstr("1.24"), HasSubstr("1.41"))));
}

TEST(Engine, TellsHowFarAPullIs) {
  FakeEngine fake;
  fake.AddImage("vault:1");
  Engine engine(fake.endpoint());
  std::vector<std::string> told;
  EXPECT_THAT(engine.Pull("vault:1", [&](std::string_view line) { told.emplace_back(line); }), IsOk());
  EXPECT_THAT(told, ElementsAre("pulling vault:1", "pulling vault:1: 1 of 10 MB", "pulling vault:1: 5 of 10 MB",
                                "pulling vault:1: 10 of 10 MB"));
}

TEST(Engine, SaysWhyAPullFailed) {
  FakeEngine fake;
  Engine engine(fake.endpoint());
  EXPECT_THAT(engine.Pull("vault:1", {}),
              FailsWith(ErrorKind::kUnavailable, HasSubstr("the registry has no such version of the image")));
}

struct Trouble {
  const char* said;
  ErrorKind kind;
  const char* advice;
};

class EngineTroubles : public ::testing::TestWithParam<Trouble> {};

TEST_P(EngineTroubles, AreToldInOneSentenceThatSaysWhatToDo) {
  FakeEngine fake;
  fake.AddImage("base:1");
  fake.Refuse("/start", 500, GetParam().said);
  Engine engine(fake.endpoint());
  const Result<std::string> id = engine.Create("one", {{"Image", "base:1"}});
  ASSERT_THAT(id, IsOk());
  EXPECT_THAT(engine.Start(*id),
              FailsWith(GetParam().kind, AllOf(HasSubstr(GetParam().said), HasSubstr(GetParam().advice))));
}

INSTANTIATE_TEST_SUITE_P(
    All, EngineTroubles,
    ::testing::Values(
        Trouble{"write /var/lib/engine/x: no space left on device", ErrorKind::kSystem, "free some space"},
        Trouble{"Bind for 127.0.0.1:8080 failed: port is already allocated", ErrorKind::kUnavailable, "docker ps"},
        Trouble{"listen tcp4 127.0.0.1:8080: bind: address already in use", ErrorKind::kUnavailable, "something else"},
        Trouble{"something nobody has thought of", ErrorKind::kRefused, "HTTP 500"}));

TEST(Demultiplexer, TakesAStreamApartHoweverItArrives) {
  const std::string bytes = std::string("\1\0\0\0\0\0\0\3out", 11) + std::string("\2\0\0\0\0\0\0\5error", 13);
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    Demultiplexer demultiplexer;
    std::string out;
    std::string error;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      demultiplexer.Feed(std::string_view(bytes).substr(at, piece),
                         [&](int stream, std::string_view part) { (stream == 2 ? error : out).append(part); });
    }
    EXPECT_EQ(out, "out") << piece;
    EXPECT_EQ(error, "error") << piece;
  }
}

}  // namespace
}  // namespace iff
