#include "servers/http/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "servers/testing/loop_thread.h"

namespace iff {
namespace {

constexpr const char* kIssuer = "https://issuer.example/realms/demo";

std::string TokenOf(const std::string& subject) {
  return Base64Url(R"({"alg":"RS256"})") + "." + Base64Url(Dump(Json{{"iss", kIssuer}, {"sub", subject}})) + ".c2ln";
}

HttpRequest RequestWith(const std::string& authorization) {
  HttpRequest request;
  request.method = "POST";
  if (!authorization.empty()) request.headers.Add("Authorization", authorization);
  return request;
}

TEST(ShardOf, IsTheSameForOnePrincipalAndSharesThemOut) {
  std::map<size_t, int> at;
  for (int i = 0; i < 1000; ++i) {
    const std::string subject = "subject-" + std::to_string(i);
    const size_t shard = ShardOf(kIssuer, subject, 4);
    EXPECT_EQ(shard, ShardOf(kIssuer, subject, 4));
    ++at[shard];
  }
  ASSERT_EQ(at.size(), 4u);
  for (const auto& [shard, count] : at) EXPECT_GT(count, 150) << shard;
}

TEST(ShardOf, OfAnIssuerAndSubjectIsNotThatOfTheirJoin) {
  // Some of a hundred would differ by chance alone if the two were cut elsewhere.
  int differing = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string subject = "s" + std::to_string(i);
    if (ShardOf("https://a", "b" + subject, 64) != ShardOf("https://ab", subject, 64)) ++differing;
  }
  EXPECT_GT(differing, 80);
}

TEST(TokenShards, GoesByWhatTheTokenSaysWhateverTheScheme) {
  const std::unique_ptr<Shards> router = MakeTokenShards(0, 8);
  for (int i = 0; i < 50; ++i) {
    const std::string subject = "subject-" + std::to_string(i);
    const size_t shard = ShardOf(kIssuer, subject, 8);
    for (int again = 0; again < 2; ++again) {
      EXPECT_EQ(router->WorkerOf(RequestWith("Bearer " + TokenOf(subject))), shard);
      EXPECT_EQ(router->WorkerOf(RequestWith("DPoP " + TokenOf(subject))), shard);
    }
  }
}

TEST(TokenShards, KeepsWhateverNoDoorWouldTake) {
  const std::unique_ptr<Shards> router = MakeTokenShards(3, 8);
  const std::string twice = Base64Url(R"({"iss":"i","sub":"a","sub":"b"})");
  for (const std::string& field :
       std::vector<std::string>{"", "Bearer", "Basic YTpi", "Bearer x", "Bearer a.b", "Bearer a.!!!.c",
                                "Bearer a." + Base64Url("no json") + ".c", "Bearer a." + twice + ".c"}) {
    EXPECT_EQ(router->WorkerOf(RequestWith(field)), 3u) << field;
  }
}

class LetsEverybodyIn final : public Authenticator {
 public:
  explicit LetsEverybodyIn(std::string subject) : subject_(std::move(subject)) {}
  Task<Result<std::shared_ptr<const Caller>, Denial>> Authenticate(std::shared_ptr<const HttpRequest>) override {
    auto caller = std::make_shared<Caller>();
    caller->claims.issuer = kIssuer;
    caller->claims.subject = subject_;
    co_return std::shared_ptr<const Caller>(std::move(caller));
  }
  std::string Challenge(const Denial&) const override { return "Bearer x"; }
  Json Metadata() const override { return Json{{"resource", "y"}}; }

 private:
  std::string subject_;
};

TEST(TokenShards, LetInWhoIsOfTheShardAndRefuseTheOthers) {
  LoopThread thread;
  const size_t shard = ShardOf(kIssuer, "alice", 4);
  for (size_t here = 0; here < 4; ++here) {
    const auto authenticator = MakeTokenShards(here, 4)->Guarded(std::make_shared<LetsEverybodyIn>("alice"));
    using Outcome = Result<std::shared_ptr<const Caller>, Denial>;
    const Outcome judged =
        thread.Wait<Outcome>([&] { return authenticator->Authenticate(std::make_shared<HttpRequest>()); });
    const Outcome again = thread.Wait<Outcome>([&] { return authenticator->Recheck(std::make_shared<HttpRequest>()); });
    EXPECT_EQ(judged.ok(), here == shard);
    EXPECT_EQ(again.ok(), here == shard);
    if (here != shard) {
      EXPECT_EQ(judged.error().status, 503);
      EXPECT_EQ(judged.error().reason, "misrouted");
    }
    EXPECT_EQ(authenticator->Challenge({}), "Bearer x");
  }
}

// -- handing over

// Notes on which thread it is used, and dropped.
class NotingResponder final : public Responder {
 public:
  struct Notes {
    std::atomic<int> elsewhere = 0;
    std::promise<std::string> ended = {};
    std::promise<void> dropped = {};
    std::function<void()> on_disconnect = {};
  };
  NotingResponder(Notes& notes, std::thread::id thread) : notes_(notes), thread_(thread) {}
  ~NotingResponder() override {
    Look();
    notes_.dropped.set_value();
  }
  void Send(HttpResponse response) override {
    Look();
    notes_.ended.set_value(response.body);
  }
  void Begin(HttpResponse) override { Look(); }
  void Write(std::string chunk) override {
    Look();
    written_ += chunk;
  }
  void End() override {
    Look();
    notes_.ended.set_value(written_);
  }
  bool disconnected() const override { return false; }
  void OnDisconnect(std::function<void()> callback) override {
    Look();
    notes_.on_disconnect = std::move(callback);
  }

 private:
  void Look() {
    if (std::this_thread::get_id() != thread_) ++notes_.elsewhere;
  }
  Notes& notes_;
  std::thread::id thread_;
  std::string written_ = {};
};

class HandOverTest : public ::testing::Test {
 protected:
  // Hands one request over from `from` to `to`, there to `handler`.
  void Hand(AsyncHandler handler) {
    handler_ = std::move(handler);
    from.Do([&] {
      auto request = std::make_shared<HttpRequest>();
      request->target = "/mcp";
      HandOver(from.loop(), to.loop(), std::move(request),
               std::make_shared<NotingResponder>(notes, std::this_thread::get_id()), handler_);
    });
  }
  std::thread::id ThreadOf(LoopThread& thread) {
    std::thread::id id;
    thread.Do([&] { id = std::this_thread::get_id(); });
    return id;
  }
  // Every test ends with this: what was lent is back where it came from.
  void ExpectDroppedWhereItCameFrom() {
    ASSERT_EQ(notes.dropped.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
    EXPECT_EQ(notes.elsewhere, 0);
  }

  NotingResponder::Notes notes;
  AsyncHandler handler_ = {};
  LoopThread from;
  LoopThread to;
};

TEST_F(HandOverTest, ServesThereAndAnswersHere) {
  std::atomic<bool> there = false;
  const std::thread::id thread = ThreadOf(to);
  Hand([&](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
    there = std::this_thread::get_id() == thread && request->target == "/mcp";
    HttpResponse response;
    response.body = "yes";
    responder->Send(std::move(response));
  });
  EXPECT_EQ(notes.ended.get_future().get(), "yes");
  EXPECT_TRUE(there);
  ExpectDroppedWhereItCameFrom();
}

TEST_F(HandOverTest, StreamsInOrder) {
  Hand([&](std::shared_ptr<const HttpRequest>, std::shared_ptr<Responder> responder) {
    responder->Begin({});
    for (const char* part : {"a", "b", "c"}) responder->Write(part);
    responder->End();
  });
  EXPECT_EQ(notes.ended.get_future().get(), "abc");
  ExpectDroppedWhereItCameFrom();
}

TEST_F(HandOverTest, TellsThereThatThePeerHungUp) {
  std::promise<bool> told;
  const std::thread::id thread = ThreadOf(to);
  std::shared_ptr<Responder> kept;
  Hand([&](std::shared_ptr<const HttpRequest>, std::shared_ptr<Responder> responder) {
    responder->OnDisconnect([&told, thread] { told.set_value(std::this_thread::get_id() == thread); });
    kept = std::move(responder);
  });
  to.Do([] {});
  EXPECT_FALSE(kept->disconnected());
  from.Do([&] { notes.on_disconnect(); });
  EXPECT_TRUE(told.get_future().get());
  EXPECT_TRUE(kept->disconnected());
  to.Do([&] { kept.reset(); });
  ExpectDroppedWhereItCameFrom();
}

TEST_F(HandOverTest, KeepsTheRequestAsLongAsEitherIsHeld) {
  std::shared_ptr<const HttpRequest> kept;
  Hand([&](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
    kept = std::move(request);
    responder->Send({});
  });
  (void)notes.ended.get_future().get();
  to.Do([] {});
  EXPECT_EQ(kept->target, "/mcp");
  to.Do([&] { kept.reset(); });
  ExpectDroppedWhereItCameFrom();
}

}  // namespace
}  // namespace iff
