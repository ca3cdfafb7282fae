#include "bench/load/driver.h"

#include <gmock/gmock.h>

#include <set>

#include "bench/load/wire.h"
#include "harness/core/result_matchers.h"
#include "harness/net/http_server.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

std::string Get(const std::string& target) {
  HttpRequest request;
  request.target = target;
  return WireRequest(request, Endpoint());
}

TEST(Drive, SendsEveryArrivalOfTheOpenModelAndTimesIt) {
  std::mutex mutex;
  std::set<std::string> asked;
  const auto server = HttpServer::Start([&](const HttpRequest& request) {
    const std::lock_guard lock(mutex);
    asked.insert(request.target);
    HttpResponse response;
    response.body = R"({"result":{}})";
    return response;
  });
  ASSERT_TRUE(server.ok()) << server.error();
  LoadPlan plan;
  plan.endpoint = (*server)->endpoint();
  plan.requests = {Get("/a"), Get("/b"), Get("/c")};
  plan.callers = 4;
  plan.rate = 200;
  plan.warm_up = std::chrono::milliseconds(50);
  plan.duration = std::chrono::milliseconds(500);
  const Result<LoadOutcome> seen = Drive(plan);
  ASSERT_TRUE(seen.ok()) << seen.error();
  EXPECT_EQ(seen->failed, 0) << seen->problem;
  EXPECT_EQ(seen->answered, 100) << "two hundred a second for half a second, however fast the machine";
  EXPECT_EQ(seen->samples.response.count(), 100);
  EXPECT_EQ(seen->offered, 200);
  EXPECT_GE(seen->samples.response.sum(), seen->samples.service.sum()) << "waiting in line only adds";
  EXPECT_EQ(asked, (std::set<std::string>{"/a", "/b", "/c"}));
}

TEST(Drive, KeepsEveryCallerBusyInTheClosedModel) {
  const auto server = HttpServer::Start([](const HttpRequest&) {
    HttpResponse response;
    response.body = R"({"result":{}})";
    return response;
  });
  ASSERT_TRUE(server.ok()) << server.error();
  LoadPlan plan;
  plan.endpoint = (*server)->endpoint();
  plan.requests = {Get("/")};
  plan.callers = 3;
  plan.warm_up = std::chrono::milliseconds(0);
  plan.duration = std::chrono::milliseconds(2000);
  const Result<LoadOutcome> seen = Drive(plan);
  ASSERT_TRUE(seen.ok()) << seen.error();
  EXPECT_EQ(seen->failed, 0) << seen->problem;
  EXPECT_GE(seen->answered, 3);
  EXPECT_EQ(seen->samples.service.ToJson(), seen->samples.response.ToJson()) << "nobody waits to be sent";
}

TEST(Drive, DoesNotCountLookingInVainAsBusy) {
  const auto server = HttpServer::Start([](const HttpRequest&) {
    HttpResponse response;
    response.body = R"({"result":{}})";
    return response;
  });
  ASSERT_TRUE(server.ok()) << server.error();
  LoadPlan plan;
  plan.endpoint = (*server)->endpoint();
  plan.requests = {Get("/")};
  plan.rate = 100;
  plan.awake = true;
  plan.duration = std::chrono::milliseconds(300);
  const Result<LoadOutcome> seen = Drive(plan);
  ASSERT_TRUE(seen.ok()) << seen.error();
  EXPECT_EQ(seen->answered, 30) << seen->problem;
  EXPECT_GT(seen->driver_busy, 0);
  EXPECT_LT(seen->driver_busy, 0.5) << "a call each ten milliseconds keeps nobody busy";
}

TEST(Drive, CountsARefusalAsAFailure) {
  const auto server = HttpServer::Start([](const HttpRequest& request) {
    HttpResponse response;
    response.body = R"({"result":{"isError":true}})";
    if (request.target == "/refused") response.status = 403;
    return response;
  });
  ASSERT_TRUE(server.ok()) << server.error();
  LoadPlan plan;
  plan.endpoint = (*server)->endpoint();
  plan.rate = 100;
  plan.warm_up = std::chrono::milliseconds(0);
  plan.duration = std::chrono::milliseconds(100);
  for (const char* target : {"/refused", "/tool-error"}) {
    plan.requests = {Get(target)};
    const Result<LoadOutcome> seen = Drive(plan);
    ASSERT_TRUE(seen.ok()) << seen.error();
    EXPECT_EQ(seen->answered, 0);
    EXPECT_EQ(seen->failed, 10);
    EXPECT_THAT(seen->Invalid(), HasSubstr("nothing was answered"));
    EXPECT_THAT(seen->problem, HasSubstr(std::string(target) == "/refused" ? "403" : "isError"));
  }
}

TEST(Drive, SaysThatNobodyListens) {
  const Result<HeldPort> held = HeldPort::Acquire();  // bound, and never listening
  ASSERT_TRUE(held.ok());
  LoadPlan plan;
  plan.endpoint = held->endpoint();
  plan.requests = {Get("/")};
  EXPECT_THAT(Drive(plan), FailsWith(ErrorKind::kUnavailable, HasSubstr(held->endpoint().Authority())));
}

TEST(LoadOutcome, IsInvalidWhenTheDriverWasTheBottleneck) {
  LoadOutcome outcome;
  outcome.answered = 1000;
  outcome.late_share = 0.009;
  EXPECT_EQ(outcome.Invalid(), "");
  outcome.late_share = 0.011;
  EXPECT_THAT(outcome.Invalid(), HasSubstr("1.1 % late"));
  outcome.late_share = 0;
  outcome.driver_busy = 0.99;
  outcome.server_busy = 0.5;
  EXPECT_THAT(outcome.Invalid(), HasSubstr("driver was busy"));
  outcome.server_busy = 0.99;
  EXPECT_EQ(outcome.Invalid(), "") << "both are full: the server is not waiting";
}

}  // namespace
}  // namespace iff
