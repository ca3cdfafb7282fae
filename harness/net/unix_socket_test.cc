// HTTP over a unix socket, and connections that become streams: what a container engine speaks.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>

#include "harness/core/result_matchers.h"
#include "harness/net/http.h"
#include "harness/net/upgrade.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;

Deadline Soon() { return Deadline::In(10s); }

// A peer at a unix socket that says `answer` to its one connection once a request's head has come, sends back what
// it is sent afterwards until the other side has finished, and remembers the request.
class Peer {
 public:
  explicit Peer(std::string answer) : answer_(std::move(answer)) {
    std::string made = (std::filesystem::temp_directory_path() / "iff-unix-XXXXXX").string();
    EXPECT_NE(mkdtemp(made.data()), nullptr);
    directory_ = made;
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    endpoint().host.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    thread_ = std::thread([this] { Serve(); });
  }
  ~Peer() {
    ::shutdown(listener_, SHUT_RDWR);  // wakes accept
    thread_.join();
    ::close(listener_);
    std::filesystem::remove_all(directory_);
  }

  Endpoint endpoint() const { return {.scheme = "unix", .host = directory_ + "/s"}; }
  // REQUIRES: the exchange is over.
  const std::string& request() const { return request_; }

 private:
  void Serve() {
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    char block[4096];
    ssize_t count = 1;
    while (request_.find("\r\n\r\n") == std::string::npos && count > 0) {
      count = ::recv(connection, block, sizeof block, 0);
      if (count > 0) request_.append(block, static_cast<size_t>(count));
    }
    EXPECT_EQ(::send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL), static_cast<ssize_t>(answer_.size()));
    while ((count = ::recv(connection, block, sizeof block, 0)) > 0) {
      if (::send(connection, block, static_cast<size_t>(count), MSG_NOSIGNAL) != count) break;
    }
    ::close(connection);
  }

  const std::string answer_;
  std::string directory_;
  std::string request_;
  int listener_ = -1;
  std::thread thread_;
};

TEST(UnixSocket, CarriesAnExchange) {
  Peer peer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
  {
    HttpClient client(peer.endpoint());
    EXPECT_THAT(client.Send({.target = "/_ping"}, Soon()), IsOkAndHolds(Field(&HttpResponse::body, "OK")));
  }
  EXPECT_THAT(peer.request(), AllOf(HasSubstr("GET /_ping HTTP/1.1\r\n"), HasSubstr("Host: localhost\r\n")));
}

TEST(UnixSocket, SaysWhichSocketNobodyListensAt) {
  HttpClient client({.scheme = "unix", .host = "/nonexistent/engine.sock"});
  EXPECT_THAT(client.Send({.target = "/_ping"}, Soon()),
              FailsWith(ErrorKind::kUnavailable,
                        AllOf(HasSubstr("unix:///nonexistent/engine.sock/_ping"), HasSubstr("no such file"))));
}

TEST(UnixSocket, RefusesAPathThatIsTooLong) {
  HttpClient client({.scheme = "unix", .host = "/" + std::string(200, 'x')});
  EXPECT_THAT(client.Send({}, Soon()), FailsWith(ErrorKind::kInvalidInput, HasSubstr("longer than 107 bytes")));
}

Result<std::string> ReadAll(UpgradedStream& stream, size_t size) {
  std::string all;
  const auto enough = [&]() -> Result<bool> {
    const Result<std::string> read = stream.Read();
    if (!read.ok()) return read.error();
    all += *read;
    return all.size() >= size;
  };
  const Result<void> read = Eventually(Soon(), enough);
  if (!read.ok()) return read.error();
  return all;
}

TEST(UpgradedStream, CarriesBytesBothWaysAfterTheAnswer) {
  Peer peer("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nahead ");
  auto stream = UpgradedStream::Open(peer.endpoint(), {.method = "POST", .target = "/attach"}, Soon());
  ASSERT_THAT(stream, IsOk());
  EXPECT_THAT(stream->Write("of time", Soon()), IsOk());
  EXPECT_THAT(ReadAll(*stream, 13), IsOkAndHolds("ahead of time"));
  stream->CloseWriting();
  const Result<void> closed = Eventually(Soon(), [&]() -> Result<bool> {
    const Result<std::string> read = stream->Read();
    return !read.ok() && read.error().kind() == ErrorKind::kUnavailable;
  });
  EXPECT_THAT(closed, IsOk());
}

TEST(UpgradedStream, QuotesARefusal) {
  Peer peer("HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\n\r\nno such here");
  EXPECT_THAT(UpgradedStream::Open(peer.endpoint(), {.method = "POST", .target = "/attach"}, Soon()),
              FailsWith(ErrorKind::kRefused, AllOf(HasSubstr("404"), HasSubstr("no such here"))));
}

}  // namespace
}  // namespace iff
