#include "harness/net/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "harness/core/result_matchers.h"
#include "harness/net/http.h"
#include "harness/net/http_server.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Field;
using ::testing::HasSubstr;

class GateTest : public ::testing::Test {
 protected:
  GateTest() {
    auto server = HttpServer::Start([this](const HttpRequest& request) {
      ++served_;
      return HttpResponse{.body = "hello " + request.target};
    });
    EXPECT_THAT(server, IsOk());
    server_ = std::move(server).value();
    auto gate = Gate::Open(server_->endpoint());
    EXPECT_THAT(gate, IsOk());
    gate_ = std::move(gate).value();
    client_ = std::make_unique<HttpClient>(gate_->endpoint());
  }

  Result<HttpResponse> Ask(std::chrono::milliseconds within = 5s) {
    return client_->Send({.target = "/x"}, Deadline::In(within));
  }
  void ExpectPasses() { EXPECT_THAT(Ask(), IsOkAndHolds(Field(&HttpResponse::body, "hello /x"))); }

  std::atomic<int> served_ = 0;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(GateTest, PassesBothWaysAndCounts) {
  ExpectPasses();
  ExpectPasses();
  const Gate::Counts counts = gate_->counts();
  EXPECT_EQ(counts.connections, 1U);
  EXPECT_GT(counts.to_component, 50U);
  EXPECT_GT(counts.to_client, 50U);
  EXPECT_EQ(gate_->endpoint().scheme, "http");
}

TEST_F(GateTest, ShowsWhatPasses) {
  std::mutex mutex;
  std::vector<std::string> seen;
  gate_->Watch([&](const Passage& passage) {
    const std::lock_guard lock(mutex);
    seen.push_back(std::to_string(passage.connection) + (passage.to_component ? " up " : " down ") +
                   std::string(passage.bytes.substr(0, 6)));
  });
  ExpectPasses();
  gate_->Watch({});  // nothing is seen any more when this returns
  ExpectPasses();
  ASSERT_GE(seen.size(), 2U);
  EXPECT_EQ(seen.front(), "1 up GET /x");
  EXPECT_EQ(seen[1], "1 down HTTP/1");
}

TEST_F(GateTest, RefusesOpenAndNewConnectionsAndRecovers) {
  ExpectPasses();
  gate_->Set({.mode = GateMode::kRefuse});
  EXPECT_THAT(Ask(), FailsWith(ErrorKind::kUnavailable, HasSubstr("connection refused")));
  EXPECT_THAT(Ask(), FailsWith(ErrorKind::kUnavailable, HasSubstr("connection refused")));
  gate_->Heal();
  ExpectPasses();
}

TEST_F(GateTest, HoldsWhatIsSentAndPassesItWhenHealed) {
  ExpectPasses();
  gate_->Set({.mode = GateMode::kHold});
  EXPECT_THAT(Ask(100ms), FailsWith(ErrorKind::kTimeout, HasSubstr("no answer in time")));
  EXPECT_THAT(Ask(100ms), FailsWith(ErrorKind::kTimeout, HasSubstr("no answer in time")));
  EXPECT_EQ(served_, 1);
  gate_->Heal();
  ExpectPasses();
}

TEST_F(GateTest, DelaysEachChunk) {
  gate_->Set({.mode = GateMode::kDelay, .delay = 60ms});
  const auto before = std::chrono::steady_clock::now();
  ExpectPasses();
  EXPECT_GE(std::chrono::steady_clock::now() - before, 120ms);
  gate_->Heal();
  ExpectPasses();
}

TEST_F(GateTest, CutsAfterSomeBytesOfTheAnswer) {
  gate_->Set({.mode = GateMode::kCut, .after_bytes = 10});
  EXPECT_THAT(Ask(), FailsWith(ErrorKind::kUnavailable, HasSubstr("within the answer")));
  EXPECT_EQ(gate_->counts().to_client, 10U);
  EXPECT_EQ(served_, 1);
  gate_->Heal();
  ExpectPasses();
}

TEST_F(GateTest, CutsBeforeTheFirstByteOfTheAnswer) {
  gate_->Set({.mode = GateMode::kCut});
  EXPECT_THAT(Ask(), FailsWith(ErrorKind::kUnavailable, HasSubstr("before an answer")));
  EXPECT_EQ(served_, 1);
  gate_->Heal();
  ExpectPasses();
}

TEST_F(GateTest, TricklesItsAnswerAndRecovers) {
  gate_->Set({.mode = GateMode::kTrickle, .delay = 20ms, .status = 200, .body = "0123456789"});
  const auto before = std::chrono::steady_clock::now();
  EXPECT_THAT(Ask(), IsOkAndHolds(Field(&HttpResponse::body, "0123456789")));
  EXPECT_GE(std::chrono::steady_clock::now() - before, 200ms);
  EXPECT_THAT(Ask(60ms), FailsWith(ErrorKind::kTimeout, HasSubstr("")));
  EXPECT_EQ(gate_->counts().disturbed, 2U);
  EXPECT_EQ(served_, 0);
  gate_->Heal();
  ExpectPasses();
}

TEST_F(GateTest, TricklesToWhomItAimsAt) {
  ExpectPasses();
  gate_->Set({.mode = GateMode::kTrickle, .delay = 1ms, .status = 200, .body = "slow", .aim = {.path = "/x"}});
  EXPECT_THAT(Ask(), IsOkAndHolds(Field(&HttpResponse::body, "slow")));
  EXPECT_THAT(client_->Send({.target = "/y"}, Deadline::In(5s)), IsOkAndHolds(Field(&HttpResponse::body, "hello /y")));
  gate_->Heal();
  ExpectPasses();
}

TEST_F(GateTest, AnswersItselfAndRecovers) {
  ExpectPasses();
  gate_->Set({.mode = GateMode::kAnswer, .status = 429, .body = "{}"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(client_->Send({.method = "POST", .target = "/y", .body = std::string(100'000, 'z')}, Deadline::In(5s)),
                IsOkAndHolds(AllOf(Field(&HttpResponse::status, 429), Field(&HttpResponse::body, "{}"))));
  }
  EXPECT_EQ(served_, 1);
  gate_->Heal();
  ExpectPasses();
}

TEST_F(GateTest, LeadsPastItself) {
  gate_->Set({.mode = GateMode::kAnswer, .status = 307});
  const Result<HttpResponse> moved = client_->Send({.method = "POST", .target = "/v1/x"}, Deadline::In(5s));
  ASSERT_THAT(moved, IsOkAndHolds(Field(&HttpResponse::status, 307)));
  const Result<Url> there = ParseUrl(moved->headers.Get("Location"));
  ASSERT_THAT(there, IsOk());
  EXPECT_EQ(there->target, "/v1/x");
  EXPECT_EQ(served_, 0);
  EXPECT_THAT(HttpClient(there->endpoint).Send({.target = there->target}, Deadline::In(5s)), IsOk());
  EXPECT_EQ(served_, 1);
}

TEST_F(GateTest, AnswersWhatWasHeld) {
  gate_->Set({.mode = GateMode::kHold});
  Result<std::string> answer = Error(ErrorKind::kInternal, "nothing");
  std::thread asker(
      [&] { answer = SendRaw(gate_->endpoint(), "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", Deadline::In(5s)); });
  EXPECT_THAT(Eventually(Deadline::In(5s), [&]() -> Result<bool> { return gate_->counts().connections == 1; }), IsOk());
  gate_->Set({.mode = GateMode::kAnswer, .status = 500, .body = "down"});
  asker.join();
  EXPECT_THAT(answer, IsOkAndHolds(AllOf(HasSubstr("HTTP/1.1 500 Internal Server Error"), HasSubstr("down"))));
  EXPECT_EQ(served_, 0);
}

// ---- faults with an aim

class AimTest : public GateTest {
 protected:
  // "hello /x", "HTTP 503", or the kind of the error.
  std::string Of(const std::string& target, const std::string& who = "", std::chrono::milliseconds within = 5s) {
    const Result<HttpResponse> answer =
        client_->Send({.method = "POST", .target = target, .headers = {{"X-Who", who}}, .body = "body of " + who},
                      Deadline::In(within));
    if (!answer.ok()) return answer.error().kind() == ErrorKind::kTimeout ? "late" : "gone";
    return answer->status == 200 ? answer->body : "HTTP " + std::to_string(answer->status);
  }
};

TEST_F(AimTest, MeetsOnePathAndLetsTheOthersPass) {
  EXPECT_EQ(Of("/keys"), "hello /keys");  // a connection from before
  gate_->Set({.mode = GateMode::kAnswer, .status = 503, .aim = {.path = "/keys"}});
  EXPECT_EQ(Of("/token"), "hello /token");
  EXPECT_EQ(Of("/keys/1"), "HTTP 503");
  EXPECT_EQ(Of("/token"), "hello /token");
  EXPECT_EQ(gate_->counts().disturbed, 1U);
  EXPECT_EQ(served_, 3);
  gate_->Heal();
  EXPECT_EQ(Of("/keys"), "hello /keys");
  EXPECT_EQ(gate_->counts().disturbed, 1U);
}

TEST_F(AimTest, MeetsWhoeverItIsFor) {
  gate_->Set({.mode = GateMode::kRefuse, .aim = {.holding = {"alice", "id-of-alice"}}});
  EXPECT_EQ(Of("/x", "bob"), "hello /x");
  EXPECT_EQ(Of("/x", "alice"), "gone");
  EXPECT_EQ(Of("/of/id-of-alice", "carol"), "gone");
  EXPECT_EQ(Of("/x", "bob"), "hello /x");
  EXPECT_EQ(gate_->counts().disturbed, 2U);
}

TEST_F(AimTest, MeetsTheNthSinceItWasSet) {
  EXPECT_EQ(Of("/x"), "hello /x");
  gate_->Set({.mode = GateMode::kAnswer, .status = 500, .aim = {.path = "/x", .nth = 2}});
  EXPECT_EQ(Of("/y"), "hello /y");
  EXPECT_EQ(Of("/x"), "hello /x");
  EXPECT_EQ(Of("/x"), "HTTP 500");
  EXPECT_EQ(Of("/x"), "hello /x");
}

TEST_F(AimTest, HoldsDelaysAndCutsWhomItMeets) {
  gate_->Set({.mode = GateMode::kHold, .aim = {.holding = {"alice"}}});
  EXPECT_EQ(Of("/x", "alice", 100ms), "late");
  EXPECT_EQ(Of("/x", "bob"), "hello /x");
  gate_->Set({.mode = GateMode::kDelay, .delay = 60ms, .aim = {.holding = {"alice"}}});
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(Of("/x", "alice"), "hello /x");
  EXPECT_GE(std::chrono::steady_clock::now() - before, 120ms);
  gate_->Set({.mode = GateMode::kCut, .after_bytes = 10, .aim = {.holding = {"alice"}}});
  EXPECT_EQ(Of("/x", "alice"), "gone");
  EXPECT_EQ(Of("/x", "bob"), "hello /x");
  gate_->Heal();
  EXPECT_EQ(Of("/x", "alice"), "hello /x");
}

TEST_F(AimTest, PassesWhatItCannotRead) {
  gate_->Set({.mode = GateMode::kAnswer, .status = 503, .aim = {.path = "/"}});
  EXPECT_THAT(SendRaw(gate_->endpoint(), "nonsense\r\n\r\n", Deadline::In(5s)),
              IsOkAndHolds(HasSubstr("HTTP/1.1 400")));
  EXPECT_EQ(gate_->counts().disturbed, 0U);
}

// Half a request was read when the fault went.
TEST_F(AimTest, PassesAHalfRequestWhenItIsHealed) {
  gate_->Set({.mode = GateMode::kAnswer, .status = 503, .aim = {.path = "/"}});
  const std::string head = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
  Result<std::string> answer = Error(ErrorKind::kInternal, "nothing");
  std::thread asker([&] { answer = SendRaw(gate_->endpoint(), head + "a", Deadline::In(600ms)); });
  EXPECT_THAT(Eventually(Deadline::In(5s), [&]() -> Result<bool> { return gate_->counts().connections == 1; }), IsOk());
  for (int i = 0; i < 20; ++i) Of("/y");  // meanwhile the half was read
  gate_->Heal();
  asker.join();
  EXPECT_THAT(answer, IsOkAndHolds(std::string()));  // the component waits for the rest, as it would without a gate
  EXPECT_EQ(Of("/x"), "hello /x");
}

TEST_F(GateTest, ResetsConnectionsWhenTheComponentIsGone) {
  server_.reset();
  EXPECT_THAT(Ask(),
              FailsWith(ErrorKind::kUnavailable, AnyOf(HasSubstr("connection reset"), HasSubstr("broken pipe"))));
}

TEST_F(GateTest, SwitchesModesUnderLoad) {
  std::atomic<bool> stop = false;
  std::thread load([&] {
    while (!stop) EXPECT_THAT(Ask(20ms), ::testing::Truly([](const auto&) { return true; }));
  });
  for (int round = 0; round < 10; ++round) {
    for (const GateMode mode :
         {GateMode::kRefuse, GateMode::kHold, GateMode::kDelay, GateMode::kCut, GateMode::kAnswer}) {
      gate_->Set({.mode = mode, .delay = 1ms, .after_bytes = 30});
      gate_->Heal();
    }
  }
  stop = true;
  load.join();
  ExpectPasses();
}

}  // namespace
}  // namespace iff
