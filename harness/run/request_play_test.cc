// Requests beside MCP, played against a server that keeps what it was sent; and judged again from what was stored.
#include <gmock/gmock.h>

#include <mutex>

#include "harness/core/result_matchers.h"
#include "harness/run/run_testing.h"
#include "harness/steps/probe.h"
#include "harness/steps/request.h"

namespace iff {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kPlanted = "planted-session-9f31c7";

class RequestStepTest : public testing::Test {
 protected:
  RequestStepTest() {
    server_ = HttpServer::Start([this](const HttpRequest& request) {
                const std::lock_guard lock(mutex_);
                requests_.push_back(request);
                if (request.Path() == "/login") {
                  return HttpResponse{.headers = {{"X-Session", session_}}, .body = R"({"id": "a/b?c", "n": 7})"};
                }
                if (request.Path() == "/moved") return HttpResponse{.status = 302, .headers = {{"Location", "/login"}}};
                if (request.Path() == "/closed") return HttpResponse{.status = 401};
                return HttpResponse{.status = 200, .body = "you said " + request.body + request.headers.Get("X-Echo")};
              }).value();
    rig_.system.targets["tracker"].url = server_->endpoint().Url("/mcp");
  }

  static Step Request(RequestStep request, std::vector<Expectation> expect = {}) {
    return {.action = std::move(request), .expect = std::move(expect)};
  }
  static Step Login(const std::string& secret = "session") {
    return Request(
        {.method = "POST",
         .path = "/login",
         .captures = {{.name = "s", .part = AnswerCapture::Part::kHeader, .where = "x-session", .secret = secret},
                      {.name = "id", .part = AnswerCapture::Part::kJson, .where = "/id"},
                      {.name = "n", .part = AnswerCapture::Part::kJson, .where = "/n"}}},
        {Expect("answers", HttpStatusIs{{200}})});
  }
  ScenarioResult Play(std::vector<Step> steps) { return rig_.RunOne(ScenarioOf("suite/r@tracker", std::move(steps))); }

  std::mutex mutex_;
  std::string session_ = kPlanted;
  std::vector<HttpRequest> requests_;
  RunRig rig_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(RequestStepTest, SendsAsSomebodyOrAsNobodyAndJudgesTheAnswer) {
  const ScenarioResult result =
      Play({Obtain("alice"),
            Request({.sending = {.with = "alice"}, .method = "PUT", .path = "/x?y=1", .json = Json{{"a", 1}}},
                    {Expect("says", AnswerSays{.text = "you said"}), Expect("wrong", HttpStatusIs{{404}}),
                     Expect("carried-out", RefusesRequest{})}),
            Request({.method = "GET", .path = "/moved"}, {Expect("not-followed", HttpStatusIs{{302}})})});
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(CheckIn(result, "says").verdict, Verdict::kPassed);
  EXPECT_EQ(CheckIn(result, "wrong").verdict, Verdict::kFailed);
  EXPECT_EQ(CheckIn(result, "carried-out").verdict, Verdict::kFailed);
  EXPECT_EQ(CheckIn(result, "not-followed").verdict, Verdict::kPassed);
  ASSERT_EQ(requests_.size(), 2U);
  EXPECT_EQ(requests_[0].method, "PUT");
  EXPECT_EQ(requests_[0].target, "/x?y=1");
  EXPECT_EQ(requests_[0].body, R"({"a":1})");
  EXPECT_THAT(requests_[0].headers.Get("Authorization"), HasSubstr("Bearer "));
  EXPECT_EQ(requests_[1].headers.Find("Authorization"), nullptr);
}

// RFC 7617 section 2.
TEST_F(RequestStepTest, ShowsALoginAsALogin) {
  rig_.probes["keep"] = [](Sandbox& sandbox, const Json&) -> Result<ProbeOutcome> {
    sandbox.principals().Keep("login", "alice", {.form = BasicLogin{"alice-7"}, .value = Secret("a:b c")});
    return ProbeOutcome{};
  };
  const ScenarioResult result = Play({{.action = ProbeStep{.name = "keep"}},
                                      Request({.sending = {.with = "login"}, .method = "GET", .path = "/who"})});
  EXPECT_EQ(result.error, "");
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].headers.Get("Authorization"), "Basic YWxpY2UtNzphOmIgYw==");
}

TEST_F(RequestStepTest, ARefusalProvesNothingWhereEverybodyIsRefused) {
  const ScenarioResult result =
      Play({Obtain("alice"), Request({.sending = {.with = "alice"}, .method = "GET", .path = "/closed"},
                                     {Expect("refused", HttpStatusIs{{401}})})});
  EXPECT_EQ(CheckIn(result, "refused").verdict, Verdict::kErrored);
  EXPECT_THAT(result.error, HasSubstr("401 to everybody"));
}

TEST_F(RequestStepTest, PresentsAKeyInTheTargetsOwnHeader) {
  rig_.system.targets["tracker"].key_header = "X-Key";
  (void)Play({Obtain("alice"), Request({.sending = {.with = "alice"}, .method = "GET", .path = "/x"},
                                       {Expect("answers", HttpStatusIs{{200}})})});
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_NE(requests_[0].headers.Find("X-Key"), nullptr);
  EXPECT_EQ(requests_[0].headers.Find("Authorization"), nullptr);
}

TEST_F(RequestStepTest, PutsWhatWasCapturedIntoLaterRequests) {
  const ScenarioResult result =
      Play({Login(), Request({.method = "POST",
                              .path = "/items/{captured.id}",
                              .headers = {{"X-Again", "{captured.s}"}},
                              .form = std::map<std::string, std::string>{{"n", "{captured.n}&{captured.id}"}}},
                             {Expect("there", HttpStatusIs{{200}})})});
  EXPECT_EQ(result.error, "");
  ASSERT_EQ(requests_.size(), 2U);
  EXPECT_EQ(requests_[1].target, "/items/a%2Fb%3Fc");
  EXPECT_EQ(requests_[1].headers.Get("X-Again"), kPlanted);
  EXPECT_EQ(requests_[1].body, "n=7%26a%2Fb%3Fc");
}

TEST_F(RequestStepTest, ACapturedSecretIsKeptNowhere) {
  const std::vector<Step> steps = {Login(), Request({.method = "POST",
                                                     .path = "/items?s={captured.s}",
                                                     .headers = {{"X-Echo", "{captured.s}"}},
                                                     .raw = "{captured.s}"},
                                                    {Expect("echoes", NoSecretIn{{"answer"}})})};
  const ScenarioResult result = Play(steps);
  EXPECT_EQ(CheckIn(result, "echoes").verdict, Verdict::kFailed);
  std::string kept = Dump(result.evidence) + Dump(result.recording) + result.error;
  for (const StepResult& step : result.steps) {
    kept += step.title;
    for (const Check& check : step.checks) kept += check.reason + check.observed;
    for (const Exchange& exchange : step.trace.exchanges) {
      kept += exchange.target + exchange.request_body + exchange.response_body;
      for (const auto& [name, value] : exchange.request_headers) kept += value;
      for (const auto& [name, value] : exchange.response_headers) kept += value;
    }
  }
  EXPECT_THAT(kept, Not(HasSubstr(kPlanted)));
  EXPECT_THAT(kept, HasSubstr("{{captured.session}}"));
  // The same without the word: then it is a text like any other.
  RunRig plain;
  plain.system.targets["tracker"].url = server_->endpoint().Url("/mcp");
  const ScenarioResult open = plain.RunOne(ScenarioOf("suite/r@tracker", {Login("")}));
  EXPECT_THAT(Dump(open.evidence), HasSubstr(kPlanted));
}

TEST_F(RequestStepTest, ASecretTooShortToBeMaskedIsNotKeptEither) {
  session_ = "q7Zx";
  const ScenarioResult result = Play({Login()});
  EXPECT_THAT(result.error, HasSubstr("too short to be masked"));
  ASSERT_EQ(result.steps.size(), 1U);
  for (const Exchange& exchange : result.steps[0].trace.exchanges) EXPECT_TRUE(exchange.response_headers.empty());
  EXPECT_THAT(Dump(result.evidence), Not(HasSubstr(session_)));
}

TEST_F(RequestStepTest, IsNotSentWithoutWhatNoAnswerGave) {
  Step asks = Request({.method = "GET",
                       .path = "/nothing",
                       .captures = {{.name = "id", .part = AnswerCapture::Part::kJson, .where = "/id"}}},
                      {Expect("judged", HttpStatusIs{{200}})});
  const ScenarioResult result =
      Play({asks, Request({.method = "GET", .path = "/{captured.id}"}, {Expect("unasked", HttpStatusIs{{200}})})});
  EXPECT_THAT(result.error, HasSubstr("no answer gave 'id'"));
  EXPECT_EQ(requests_.size(), 1U);
}

}  // namespace
}  // namespace iff
