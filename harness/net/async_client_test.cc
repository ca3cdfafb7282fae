#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "harness/core/result_matchers.h"
#include "harness/net/event_loop.h"
#include "harness/net/http_async.h"

namespace iff {
namespace {

// A server that answers when it is told to, and what was asked of it, in order.
class SharedConnections : public ::testing::Test {
 protected:
  SharedConnections() {
    auto server = AsyncHttpServer::Start(
        loop_, {}, [this](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
          asked_.push_back(request->target);
          open_[request->target] = std::move(responder);
        });
    EXPECT_THAT(server, IsOk());
    if (server.ok()) server_ = std::move(server).value();
    thread_ = std::thread([this] { loop_.Run(); });
  }
  ~SharedConnections() override {
    OnLoop([this] {
      open_.clear();
      client_ = nullptr;
      server_ = nullptr;
    });
    loop_.Stop();
    thread_.join();
  }

  void OnLoop(const std::function<void()>& work) {
    std::promise<void> done;
    loop_.Post([&] {
      work();
      done.set_value();
    });
    done.get_future().get();
  }
  void Connect(size_t most) {
    OnLoop([&] {
      client_ = std::make_unique<AsyncHttpClient>(loop_, server_->endpoint(),
                                                  AsyncHttpClientOptions{.max_connections = most});
    });
  }
  void Ask(const std::string& who, const std::string& target,
           Deadline deadline = Deadline::In(std::chrono::seconds(10))) {
    OnLoop([&] {
      Spawn([](SharedConnections& test, std::string whose, std::string what, Deadline until) -> Task<void> {
        HttpRequest request;
        request.target = what;
        const Result<HttpResponse> answer = co_await test.client_->Send(std::move(request), until, std::move(whose));
        test.answered_[what] = answer.ok() ? answer.value().body : answer.error().message();
      }(*this, who, target, deadline));
    });
  }
  void Answer(const std::string& target) {
    OnLoop([&] {
      ASSERT_TRUE(open_.contains(target)) << target;
      const std::shared_ptr<Responder> responder = open_[target];
      open_.erase(target);
      responder->Send({.body = "yes"});
    });
  }
  std::vector<std::string> Asked() {
    std::vector<std::string> asked;
    OnLoop([&] { asked = asked_; });
    return asked;
  }
  bool AwaitAsked(const std::vector<std::string>& wanted) {
    return Eventually(Deadline::In(std::chrono::seconds(5)), [&]() -> Result<bool> { return Asked() == wanted; }).ok();
  }
  std::string Answered(const std::string& target) {
    std::string said;
    (void)Eventually(Deadline::In(std::chrono::seconds(5)), [&]() -> Result<bool> {
      OnLoop([&] { said = answered_[target]; });
      return !said.empty();
    });
    return said;
  }

  EventLoop loop_;
  std::unique_ptr<AsyncHttpServer> server_;
  std::unique_ptr<AsyncHttpClient> client_;
  std::vector<std::string> asked_;
  std::map<std::string, std::shared_ptr<Responder>> open_;
  std::map<std::string, std::string> answered_;
  std::thread thread_;
};

TEST_F(SharedConnections, GivesOnePersonHalfOfTheConnections) {
  Connect(4);
  for (const char* target : {"/a1", "/a2", "/a3", "/a4", "/a5"}) Ask("alice", target);
  ASSERT_TRUE(AwaitAsked({"/a1", "/a2"}));
  Ask("bob", "/b1");
  ASSERT_TRUE(AwaitAsked({"/a1", "/a2", "/b1"}));
  Answer("/b1");
  EXPECT_EQ(Answered("/b1"), "yes");
  // A place that bob has left is one for carol, and none for what alice has beyond her half.
  Ask("carol", "/c1");
  ASSERT_TRUE(AwaitAsked({"/a1", "/a2", "/b1", "/c1"}));
  Answer("/c1");
  Answer("/a1");
  ASSERT_TRUE(AwaitAsked({"/a1", "/a2", "/b1", "/c1", "/a3"}));
  for (const char* target : {"/a2", "/a3"}) Answer(target);
  ASSERT_TRUE(AwaitAsked({"/a1", "/a2", "/b1", "/c1", "/a3", "/a4", "/a5"}));
  for (const char* target : {"/a4", "/a5"}) Answer(target);
  EXPECT_EQ(Answered("/a5"), "yes");
}

TEST_F(SharedConnections, TurnsToWhoeverHasFewestOfThem) {
  Connect(4);
  for (const char* target : {"/a1", "/a2", "/a3", "/a4"}) Ask("alice", target);
  for (const char* target : {"/b1", "/b2"}) Ask("bob", target);
  Ask("carol", "/c1");
  ASSERT_TRUE(AwaitAsked({"/a1", "/a2", "/b1", "/b2"}));
  // alice may have another one and waits for longest, but carol has none.
  Answer("/a1");
  ASSERT_TRUE(AwaitAsked({"/a1", "/a2", "/b1", "/b2", "/c1"}));
  Answer("/b1");
  ASSERT_TRUE(AwaitAsked({"/a1", "/a2", "/b1", "/b2", "/c1", "/a3"}));
  for (const char* target : {"/a2", "/b2", "/c1", "/a3"}) Answer(target);
  ASSERT_TRUE(AwaitAsked({"/a1", "/a2", "/b1", "/b2", "/c1", "/a3", "/a4"}));
  Answer("/a4");
  EXPECT_EQ(Answered("/a4"), "yes");
}

TEST_F(SharedConnections, WhatIsNobodysMayTakeAll) {
  Connect(2);
  for (const char* target : {"/1", "/2", "/3"}) Ask("", target);
  ASSERT_TRUE(AwaitAsked({"/1", "/2"}));
  for (const char* target : {"/1", "/2"}) Answer(target);
  ASSERT_TRUE(AwaitAsked({"/1", "/2", "/3"}));
  Answer("/3");
  EXPECT_EQ(Answered("/3"), "yes");
}

TEST_F(SharedConnections, EndsWhoeverWaitsForTooLong) {
  Connect(2);
  Ask("alice", "/a1");
  Ask("alice", "/a2", Deadline::In(std::chrono::milliseconds(100)));
  EXPECT_NE(Answered("/a2").find("no free connection in time"), std::string::npos) << Answered("/a2");
  Answer("/a1");
  EXPECT_EQ(Answered("/a1"), "yes");
}

}  // namespace
}  // namespace iff
