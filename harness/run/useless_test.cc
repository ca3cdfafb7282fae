// Servers that are of no use: none is ever called safe, each is called what it is.
#include <gmock/gmock.h>

#include <functional>

#include "harness/run/diagnosis.h"
#include "harness/run/run_testing.h"

namespace iff {
namespace {

using testing::HasSubstr;

Json IdOf(const HttpRequest& request) {
  const Result<Json> message = ParseJson(request.body);
  return message.ok() ? AtOr<Json>(*message, "/id", nullptr) : Json();
}

HttpResponse JsonBody(const Json& body) {
  return {.headers = {{"Content-Type", "application/json"}}, .body = Dump(body)};
}

// A careless suite: it asks for refusals alone, and would be content with a brick.
Scenario RefusalsAlone() {
  Step twin = CallOwn("alice", {Expect("holds-nothing-of-others", Withholds{})});
  std::get<CallStep>(twin.action).sending.patience = std::chrono::milliseconds(300);
  Step stranger = CallOwn("", {Expect("stranger-gets-nothing", Withholds{{"alice"}}),
                               Expect("jira-is-not-asked", UpstreamSaw{.component = "jira", .calls = 0})});
  std::get<CallStep>(stranger.action).sending.patience = std::chrono::milliseconds(300);
  return ScenarioOf("suite/refusals@tracker", {Obtain("alice"), twin, stranger});
}

ScenarioResult AgainstServer(const std::function<HttpResponse(const HttpRequest&)>& answer, const Scenario& scenario) {
  const auto server = HttpServer::Start(answer).value();
  RunRig rig;
  rig.system.targets["tracker"].url = server->endpoint().Url("/mcp");
  return rig.RunOne(scenario);
}

void ExpectNamed(const ScenarioResult& result, const std::string& what) {
  EXPECT_NE(result.verdict(), Verdict::kPassed);
  EXPECT_THAT(result.error, HasSubstr(what));
  RunResult run{.scenarios = {result}};
  EXPECT_NE(run.exit_code(), ExitCode::kOk);
  EXPECT_EQ(run.totals().passed, 0) << "no check may pass: there is nothing that proves it";
}

TEST(UselessServer, ThatRefusesEverybodyIsNotSafe) {
  const auto refuse = [](const HttpRequest&) {
    return HttpResponse{.status = 401,
                        .headers = {{"WWW-Authenticate", "Bearer error=\"invalid_token\", resource_metadata=\"m\""}}};
  };
  ExpectNamed(AgainstServer(refuse, RefusalsAlone()), "401 to everybody");
}

// A lockout after refused tokens, say: what was not asked is neither safe nor broken.
TEST(UselessServer, ThatHasNoBudgetLeftForAnybodyIsNeitherSafeNorBroken) {
  const auto limit = [](const HttpRequest&) { return HttpResponse{.status = 429, .headers = {{"Retry-After", "60"}}}; };
  Scenario scenario = RefusalsAlone();
  scenario.steps.push_back(CallOwn("alice", {Expect("reads-her-own", ToolSucceeds{})}));
  const ScenarioResult result = AgainstServer(limit, scenario);
  ExpectNamed(result, "429 to everybody");
  EXPECT_EQ(result.verdict(), Verdict::kErrored);
  EXPECT_EQ(CheckIn(result, "reads-her-own").verdict, Verdict::kErrored);
}

TEST(UselessServer, ThatWantsFieldsItsFileDoesNotNameIsToldSo) {
  const auto refuse = [](const HttpRequest&) {
    HttpResponse answer = JsonBody({{"jsonrpc", "2.0"},
                                    {"id", 1},
                                    {"error", {{"code", -32020}, {"message", "header missing: Mcp-Param-Project"}}}});
    answer.status = 400;
    return answer;
  };
  Scenario scenario = RefusalsAlone();
  scenario.steps.push_back(CallOwn("alice", {Expect("reads-her-own", ToolSucceeds{})}));
  const ScenarioResult result = AgainstServer(refuse, scenario);
  ExpectNamed(result, "that `mirrors` of its file does not name");
  EXPECT_EQ(CheckIn(result, "reads-her-own").verdict, Verdict::kErrored);
}

TEST(UselessServer, ThatDoesNotSpeakTheRevisionItsFileListsIsToldSo) {
  const auto refuse = [](const HttpRequest&) {
    HttpResponse answer = JsonBody({{"jsonrpc", "2.0"},
                                    {"id", nullptr},
                                    {"error", {{"code", -32600}, {"message", "Unsupported protocol version"}}}});
    answer.status = 400;
    return answer;
  };
  Scenario scenario = RefusalsAlone();
  scenario.steps.push_back(CallOwn("alice", {Expect("reads-her-own", ToolSucceeds{})}));
  const ScenarioResult result = AgainstServer(refuse, scenario);
  ExpectNamed(result, "refuses revision 2026-07-28, which `revisions` of its file lists");
  EXPECT_EQ(CheckIn(result, "reads-her-own").verdict, Verdict::kErrored);
}

TEST(UselessServer, ThatAnswersSomethingElseIsNotSafe) {
  const auto text = [](const HttpRequest&) {
    return HttpResponse{.headers = {{"Content-Type", "text/html"}},
                        .body = "<html>An error occurred. Please try again.</html>"};
  };
  ExpectNamed(AgainstServer(text, RefusalsAlone()), "does not speak MCP");
}

TEST(UselessServer, ThatSpeaksNonsenseIsNotSafe) {
  const auto nonsense = [](const HttpRequest&) {
    return JsonBody({{"jsonrpc", "2.0"}, {"id", 99}, {"result", "banana"}});
  };
  ExpectNamed(AgainstServer(nonsense, RefusalsAlone()), "does not speak MCP");
}

TEST(UselessServer, IsToldWhatItAnswersInPlaceOfTheProtocol) {
  const auto answering = [](const std::string& type, const std::string& body) {
    return AgainstServer(
        [=](const HttpRequest&) { return HttpResponse{.headers = {{"Content-Type", type}}, .body = body}; },
        RefusalsAlone());
  };
  ExpectNamed(answering("text/plain; charset=utf-8", "An error occurred"), "with text/plain");
  ExpectNamed(answering("text/html", R"({"jsonrpc":"2.0","id":1,"result":{}})"), "with text/html, although it is JSON");
  ExpectNamed(answering("application/json", "<html>"), "with application/json that is no JSON");
}

TEST(UselessServer, ThatFailsAtEverythingIsNotSafe) {
  const auto fail = [](const HttpRequest&) { return HttpResponse{.status = 500, .body = "Internal Server Error"}; };
  ExpectNamed(AgainstServer(fail, RefusalsAlone()), "fails at everything");
}

TEST(UselessServer, ThatIsGoneIsNotSafe) {
  RunRig rig;
  const HeldPort nobody = HeldPort::Acquire().value();
  rig.system.targets["tracker"].url = nobody.endpoint().Url("/mcp");
  ExpectNamed(rig.RunOne(RefusalsAlone()), "gone");
}

TEST(UselessServer, ThatDoesNotAnswerInTimeIsNotSafe) {
  // Accepts connections and says nothing: a gate that holds what comes.
  const auto server = HttpServer::Start([](const HttpRequest&) { return HttpResponse{}; }).value();
  const auto gate = Gate::Open(server->endpoint()).value();
  gate->Set({.mode = GateMode::kHold});
  RunRig rig;
  rig.system.targets["tracker"].url = gate->endpoint().Url("/mcp");
  ExpectNamed(rig.RunOne(RefusalsAlone()), "does not answer in time");
}

TEST(UselessServer, ThatAnswersEverythingWithAnErrorIsNamedWhereItFails) {
  const auto error = [](const HttpRequest& request) {
    return JsonBody(
        {{"jsonrpc", "2.0"},
         {"id", IdOf(request)},
         {"result", {{"isError", true}, {"content", {{{"type", "text"}, {"text", "An error occurred"}}}}}}});
  };
  const ScenarioResult result = AgainstServer(error, Honest());
  EXPECT_EQ(result.verdict(), Verdict::kFailed);
  EXPECT_THAT(result.error, HasSubstr("every request with an error"));
}

TEST(Diagnose, SaysNothingOfAServerThatServesSomebody) {
  RunRig rig;
  const ScenarioResult result = rig.RunOne(RefusalsAlone());
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(Diagnose(result).what, "");
  EXPECT_EQ(result.verdict(), Verdict::kPassed);
}

TEST(Diagnose, SaysNothingWhereNobodyAskedWithAValidToken) {
  RunRig rig;
  Scenario scenario = RefusalsAlone();
  scenario.steps.erase(scenario.steps.begin() + 1);
  const ScenarioResult result = rig.RunOne(scenario);
  EXPECT_EQ(Diagnose(result).what, "");
  EXPECT_EQ(result.verdict(), Verdict::kPassed);
}

TEST(Diagnose, CountsTheServedThatWereMadeFromALogin) {
  const auto asked = [](const std::string& credential, int status) {
    return Exchange{.lane = "tracker",
                    .credential = credential,
                    .request_body = R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})",
                    .status = status,
                    .response_headers = {{"Content-Type", "application/json"}},
                    .response_body = R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})"};
  };
  const auto result = [&](std::vector<Exchange> exchanges) {
    exchanges.insert(exchanges.begin(), Exchange{.lane = "issuer", .credential = "unbound"});
    return ScenarioResult{.target = "tracker", .steps = {{.trace = {.exchanges = std::move(exchanges)}}}};
  };
  EXPECT_EQ(Diagnose(result({asked("bound", 200), asked("unbound", 401)})).what, "");
  EXPECT_THAT(Diagnose(result({asked("bound", 401), asked("unbound", 401)})).what, HasSubstr("401 to everybody"));
}

// Over HTTP+SSE answers come elsewhere than the receipts.
TEST(UselessServer, IsNoneWhoseReceiptsAloneAreSeen) {
  ScenarioResult result;
  result.target = "tracker";
  Exchange login{.lane = "issuer", .credential = "alice.token"};
  Exchange post{.lane = "tracker", .credential = "alice.token", .request_body = R"({"jsonrpc":"2.0","id":1})"};
  post.as_http = true;
  post.status = 202;
  result.steps.push_back({.trace = {.exchanges = {login, post}}});
  EXPECT_EQ(Diagnose(result).what, "");
  result.steps[0].trace.exchanges[1].status = 404;
  EXPECT_THAT(Diagnose(result).what, HasSubstr("served nobody"));
}

}  // namespace
}  // namespace iff
