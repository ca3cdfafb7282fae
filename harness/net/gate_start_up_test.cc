// A gate before PostgreSQL, whose start-ups it reads. What libpq really sends and makes of the answers is seen in
// fixtures/postgres/start_up_test.cc.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "harness/core/clock.h"
#include "harness/core/result_matchers.h"
#include "harness/net/gate.h"
#include "harness/net/start_up.h"
#include "harness/net/start_up_messages.h"

namespace iff {
namespace {

using start_up::kCancel;
using start_up::kGss;
using start_up::kSsl;
using start_up::StartUpOf;
using ::testing::HasSubstr;

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Answers requests for encryption with one byte, and sends everything else back as it came.
class Echo {
 public:
  explicit Echo(std::string answer = "N") : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size),
              0);  // on a port of the kernel's choice
    EXPECT_EQ(::listen(listener_, 16), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    endpoint_ = {.scheme = "postgresql", .port = ntohs(address.sin_port)};
    thread_ = std::thread([this] { Serve(); });
  }
  ~Echo() {
    ending_ = true;
    ::shutdown(listener_, SHUT_RDWR);  // wakes accept
    thread_.join();
    ::close(listener_);
    for (std::thread& each : each_) each.join();
  }
  const Endpoint& endpoint() const { return endpoint_; }
  std::string came() const {
    const std::lock_guard lock(mutex_);
    return came_;
  }

 private:
  void Serve() {
    for (int one = ::accept(listener_, nullptr, nullptr); one >= 0; one = ::accept(listener_, nullptr, nullptr)) {
      each_.emplace_back([this, one] { Speak(one); });
    }
  }
  void Speak(int connection) {
    char block[4096];
    pollfd readable{.fd = connection, .events = POLLIN, .revents = 0};
    while (!ending_) {
      if (::poll(&readable, 1, 20) <= 0) continue;
      const ssize_t count = ::recv(connection, block, sizeof block, 0);
      if (count <= 0) break;
      const std::string bytes(block, static_cast<size_t>(count));
      {
        const std::lock_guard lock(mutex_);
        came_ += bytes;
      }
      const std::string& back = bytes == kSsl || bytes == kGss ? answer_ : bytes;
      if (::send(connection, back.data(), back.size(), MSG_NOSIGNAL) < 0) break;
    }
    ::close(connection);
  }

  const std::string answer_;
  Endpoint endpoint_;
  int listener_ = -1;
  std::atomic<bool> ending_ = false;
  mutable std::mutex mutex_;
  std::string came_;
  std::thread thread_;
  std::vector<std::thread> each_;
};

class Client {
 public:
  explicit Client(const Endpoint& endpoint) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = Loopback(endpoint.port);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(socket_); }

  Client& Say(std::string_view bytes) {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    return *this;
  }
  void Finish() { ::shutdown(socket_, SHUT_WR); }
  // Up to `most` bytes, or what came until `within` has passed or the connection ended: "<end>" or "<reset>" stands
  // behind it.
  std::string Hear(size_t most, std::chrono::milliseconds within = 5s) {
    const Deadline deadline = Deadline::In(within);
    std::string heard;
    char block[4096];
    pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
    while (heard.size() < most && !deadline.Passed()) {
      if (::poll(&readable, 1, 10) <= 0) continue;
      const ssize_t count = ::recv(socket_, block, std::min(sizeof block, most - heard.size()), 0);
      if (count <= 0) return heard + (count == 0 ? "<end>" : "<reset>");
      heard.append(block, static_cast<size_t>(count));
    }
    return heard;
  }
  std::string Rest(std::chrono::milliseconds within = 5s) { return Hear(std::string::npos, within); }

 private:
  int socket_;
};

class StartUpGateTest : public ::testing::Test {
 protected:
  StartUpGateTest() : gate_(Gate::Open(echo_.endpoint(), GateReads::kStartups).value()) {}

  // "in" if what is sent comes back; otherwise what came instead, or "late".
  std::string As(const std::string& user, const std::string& application = "", std::chrono::milliseconds within = 5s) {
    const std::string message = StartUpOf(user, application);
    Client client(gate_->endpoint());
    const std::string heard = client.Say(message).Hear(message.size(), within);
    return heard == message ? "in" : heard.empty() ? "late" : heard;
  }
  void Await(const std::function<bool()>& so) {
    EXPECT_THAT(Eventually(Deadline::In(5s), [&]() -> Result<bool> { return so(); }), IsOk());
  }

  Echo echo_;
  std::unique_ptr<Gate> gate_;
  const std::string full_ = StartUpRefusal("53300", "full");
  const std::string out_ = full_ + "<end>";
  const GateFault says_full_ = {.mode = GateMode::kAnswer, .body = "full", .sqlstate = "53300"};
};

TEST_F(StartUpGateTest, PassesEverythingAsItCame) {
  Client client(gate_->endpoint());
  EXPECT_EQ(client.Say(kSsl).Hear(1), "N");
  const std::string message = StartUpOf("alice");
  EXPECT_EQ(client.Say(message.substr(0, 5)).Hear(5), message.substr(0, 5));  // not even a half one is kept
  EXPECT_EQ(client.Say(message.substr(5) + "p").Hear(message.size() - 4), message.substr(5) + "p");
  EXPECT_EQ(Client(gate_->endpoint()).Say(kCancel).Hear(16), kCancel);
  EXPECT_EQ(Client(gate_->endpoint()).Say("nonsense").Hear(8), "nonsense");
  EXPECT_EQ(gate_->counts().disturbed, 0U);
  EXPECT_EQ(gate_->counts().unread, 0U);
}

TEST_F(StartUpGateTest, AnswersEachStartUpItselfAndRecovers) {
  Client before(gate_->endpoint());
  const std::string message = StartUpOf("alice");
  EXPECT_EQ(before.Say(message).Hear(message.size()), message);
  gate_->Set(says_full_);
  EXPECT_EQ(Client(gate_->endpoint()).Say(message).Rest(), out_);
  EXPECT_EQ(Client(gate_->endpoint()).Say(kSsl).Hear(1), "N");
  Client asks(gate_->endpoint());
  EXPECT_EQ(asks.Say(kSsl).Hear(1), "N");
  EXPECT_EQ(asks.Say(message).Rest(), out_);
  EXPECT_EQ(Client(gate_->endpoint()).Say(kCancel).Hear(16), kCancel);
  EXPECT_EQ(before.Say("query").Hear(5), "query");  // whoever is in stays in
  EXPECT_EQ(gate_->counts().disturbed, 2U);
  EXPECT_EQ(echo_.came(), message + kSsl + kSsl + kCancel + "query");
  gate_->Heal();
  EXPECT_EQ(As("alice"), "in");
  EXPECT_EQ(gate_->counts().disturbed, 2U);
}

TEST_F(StartUpGateTest, SaysWhateverItIsToSay) {
  gate_->Set({.mode = GateMode::kAnswer, .body = "<html>it works</html>"});
  EXPECT_EQ(Client(gate_->endpoint()).Say(StartUpOf("alice")).Rest(), "<html>it works</html><end>");
  const std::string much(size_t{3} << 20, 'm');
  gate_->Set({.mode = GateMode::kAnswer, .body = much, .sqlstate = "XX000"});
  EXPECT_EQ(Client(gate_->endpoint()).Say(StartUpOf("alice")).Rest(), StartUpRefusal("XX000", much) + "<end>");
  gate_->Set({.mode = GateMode::kTrickle, .delay = 5ms, .body = "full", .sqlstate = "53300"});
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(Client(gate_->endpoint()).Say(StartUpOf("alice")).Rest(), out_);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 5ms * full_.size());
  EXPECT_EQ(echo_.came(), "");
  EXPECT_EQ(gate_->counts().disturbed, 3U);
}

TEST_F(StartUpGateTest, MeetsWhomItIsForByWhatTheStartUpHolds) {
  GateFault fault = says_full_;
  fault.aim = {.parameters = {{"user", "ali"}}};
  gate_->Set(fault);
  EXPECT_EQ(As("alice"), out_);
  EXPECT_EQ(As("bob", "alice"), "in");
  fault.aim = {.parameters = {{"user", "v-"}, {"application_name", "iff"}}};
  gate_->Set(fault);
  EXPECT_EQ(As("v-1"), "in");
  EXPECT_EQ(As("v-1", "psql"), "in");
  EXPECT_EQ(As("v-1", "iff-mcp"), out_);
  fault.aim = {.holding = {"id-of-alice", ""}};
  gate_->Set(fault);
  EXPECT_EQ(As("v-1", "iff id-of-alice"), out_);
  EXPECT_EQ(As("v-2", "iff id-of-bob"), "in");
  fault.aim = {.path = "/"};
  gate_->Set(fault);
  EXPECT_EQ(As("alice"), "in");  // no start-up has a path
  EXPECT_EQ(gate_->counts().disturbed, 3U);
}

TEST_F(StartUpGateTest, MeetsTheNthSinceItWasSet) {
  EXPECT_EQ(As("alice"), "in");
  GateFault fault = says_full_;
  fault.aim = {.holding = {"alice"}, .nth = 2};
  gate_->Set(fault);
  EXPECT_EQ(As("alice"), "in");
  EXPECT_EQ(As("bob"), "in");
  EXPECT_EQ(As("alice"), out_);
  EXPECT_EQ(As("alice"), "in");
}

TEST_F(StartUpGateTest, RefusesHoldsDelaysAndCutsWhomItMeets) {
  gate_->Set({.mode = GateMode::kRefuse, .aim = {.holding = {"alice"}}});
  EXPECT_EQ(As("alice"), "<reset>");
  EXPECT_EQ(As("bob"), "in");
  gate_->Set({.mode = GateMode::kCut, .after_bytes = 9, .aim = {.holding = {"alice"}}});
  EXPECT_EQ(Client(gate_->endpoint()).Say(StartUpOf("alice")).Rest(), StartUpOf("alice").substr(0, 9) + "<reset>");
  EXPECT_EQ(As("bob"), "in");
  gate_->Set({.mode = GateMode::kHold, .aim = {.holding = {"alice"}}});
  EXPECT_EQ(As("alice", "", 100ms), "late");
  Await([&] { return gate_->counts().disturbed == 3; });
  EXPECT_EQ(As("bob"), "in");
  EXPECT_THAT(echo_.came(), ::testing::Not(HasSubstr("alicealice")));

  gate_->Set({.mode = GateMode::kDelay, .delay = 60ms, .aim = {.holding = {"alice"}}});
  Client slow(gate_->endpoint());
  auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(slow.Say(StartUpOf("alice")).Hear(StartUpOf("alice").size()), StartUpOf("alice"));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 120ms);
  begun = std::chrono::steady_clock::now();
  EXPECT_EQ(slow.Say("query").Hear(5), "query");  // as long as the connection lasts
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 120ms);
  EXPECT_EQ(gate_->counts().disturbed, 4U);  // whoever was held met the next fault as well, and is one still
}

TEST_F(StartUpGateTest, LetsGoOfWhatItHeldOrGivesItToTheNextFault) {
  const std::string message = StartUpOf("alice");
  gate_->Set({.mode = GateMode::kHold, .aim = {.start_ups = true}});
  Client healed(gate_->endpoint());
  healed.Say(message);
  Await([&] { return gate_->counts().disturbed == 1; });
  gate_->Heal();
  EXPECT_EQ(healed.Hear(message.size()), message);

  gate_->Set({.mode = GateMode::kHold});  // everything
  Client refused(gate_->endpoint());
  refused.Say(message);
  Await([&] { return gate_->counts().connections == 2; });
  gate_->Set({.mode = GateMode::kHold, .aim = {.holding = {"alice"}}});
  Await([&] { return gate_->counts().disturbed == 2; });
  gate_->Set(says_full_);
  EXPECT_EQ(refused.Rest(), out_);
  EXPECT_EQ(healed.Say("query").Hear(5), "query");
}

TEST_F(StartUpGateTest, ReadsWhatComesInPieces) {
  const std::string message = StartUpOf("alice");
  Client begun(gate_->endpoint());
  EXPECT_EQ(begun.Say(message.substr(0, 6)).Hear(6), message.substr(0, 6));
  gate_->Set(says_full_);
  EXPECT_EQ(begun.Say(message.substr(6)).Rest(), out_);  // its first half had passed

  Client half(gate_->endpoint());
  half.Say(message.substr(0, 20));
  EXPECT_EQ(half.Hear(1, 100ms), "");
  half.Finish();
  EXPECT_EQ(half.Hear(20), message.substr(0, 20));  // there will be no other half

  Client waiting(gate_->endpoint());
  waiting.Say(message.substr(0, 20));
  EXPECT_EQ(waiting.Hear(1, 100ms), "");
  gate_->Heal();
  EXPECT_EQ(waiting.Say(message.substr(20)).Hear(message.size()), message);
  EXPECT_EQ(gate_->counts().disturbed, 1U);
}

TEST_F(StartUpGateTest, CountsWhatItCannotRead) {
  const Echo encrypted("S");
  const auto gate = Gate::Open(encrypted.endpoint(), GateReads::kStartups).value();
  Client before(gate->endpoint());
  EXPECT_EQ(before.Say(kSsl).Hear(1), "S");
  EXPECT_EQ(before.Say("hello").Hear(5), "hello");
  gate->Set(says_full_);
  EXPECT_EQ(before.Say("more").Hear(4), "more");
  EXPECT_EQ(gate->counts().unread, 0U);  // it began before
  Client client(gate->endpoint());
  EXPECT_EQ(client.Say(kSsl).Hear(1), "S");
  EXPECT_EQ(client.Say("hello").Hear(5), "hello");
  EXPECT_EQ(client.Say("more").Hear(4), "more");
  EXPECT_EQ(gate->counts().unread, 1U);
  EXPECT_EQ(gate->counts().disturbed, 0U);
}

// Where requests are read there are no startup messages to be met.
TEST_F(StartUpGateTest, MeetsNoStartUpWhereRequestsAreRead) {
  const auto gate = Gate::Open(echo_.endpoint()).value();
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  gate->Set({.mode = GateMode::kRefuse, .aim = {.start_ups = true}});
  EXPECT_EQ(Client(gate->endpoint()).Say(request).Hear(request.size()), request);
  EXPECT_EQ(gate->counts().disturbed, 0U);
}

}  // namespace
}  // namespace iff
