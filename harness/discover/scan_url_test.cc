// A guarded server in which a scan finds nothing, and the same with one thing broken: each fault is seen by its line
// alone.
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>

#include "harness/core/result_matchers.h"
#include "harness/discover/scan_judge.h"
#include "harness/net/http_server.h"

namespace iff {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

HttpResponse Answered(int status, const Json& body = nullptr) {
  HttpResponse answer{.status = status};
  if (body.is_null()) return answer;
  answer.headers = {{"Content-Type", "application/json"}};
  answer.body = Dump(body);
  return answer;
}

HttpResponse ResultOf(const HttpRequest& request, const Json& result) {
  const Json asked = ParseJson(request.body).value_or(Json::object());
  return Answered(200, {{"jsonrpc", "2.0"}, {"id", AtOr<int64_t>(asked, "/id", 0)}, {"result", result}});
}

std::string MethodOf(const HttpRequest& request) {
  return AtOr<std::string>(ParseJson(request.body).value_or(Json::object()), "/method", "");
}

std::string OwnUrl(const HttpRequest& request, const std::string& path) {
  return "http://" + request.headers.Get("Host") + path;
}

constexpr const char* kMetadata = "/.well-known/oauth-protected-resource/mcp";

HttpResponse Challenged(const HttpRequest& request) {
  HttpResponse answer = Answered(401);
  const std::string error = request.headers.Get("Authorization").empty() ? "" : R"(, error="invalid_token")";
  answer.headers.Set("WWW-Authenticate", R"(Bearer resource_metadata=")" + OwnUrl(request, kMetadata) + "\"" + error);
  return answer;
}

HttpResponse Sound(const HttpRequest& request) {
  if (request.headers.Get("Host").find("127.0.0.1") == std::string::npos) return Answered(403);
  if (request.target == kMetadata) {
    return Answered(200, {{"resource", OwnUrl(request, "/mcp")},
                          {"authorization_servers", {"https://issuer.example"}},
                          {"scopes_supported", {"notes:use"}}});
  }
  if (request.target != "/mcp") return Answered(404);
  if (!request.headers.Get("Origin").empty()) return Answered(403);
  const bool known = request.method == "POST" || request.method == "GET" || request.method == "DELETE";
  return known ? Challenged(request) : Answered(405);
}

// No guard at all, in sessions.
HttpResponse Open(const HttpRequest& request) {
  static std::atomic<int> count = 1000;
  if (request.target != "/mcp" || request.method != "POST") return Answered(request.target == "/mcp" ? 405 : 404);
  if (MethodOf(request) == "tools/list")
    return ResultOf(request, {{"tools", {{{"name", "delete_note"}, {"inputSchema", {{"type", "object"}}}}}}});
  if (MethodOf(request) == "tools/call")
    return ResultOf(request, {{"isError", true}, {"content", {{{"type", "text"}, {"text", "unknown tool"}}}}});
  if (MethodOf(request) != "initialize") return Answered(404);
  HttpResponse answer = ResultOf(
      request, {{"protocolVersion", "2025-11-25"}, {"serverInfo", {{"name", "fastmcp"}, {"version", "3.1.0"}}}});
  answer.headers.Set("Mcp-Session-Id", "session-" + std::to_string(++count));
  return answer;
}

SecretShapes Shapes() {
  SecretShapes shapes;
  shapes.Add({.kind = "a token of a vault", .begins = "vlt.", .least = 24});
  return shapes;
}

ScanLines Scanned(const HttpServer::Handler& handler) {
  const auto server = HttpServer::Start(handler);
  EXPECT_THAT(server, IsOk());
  const Result<UrlAnswers> answers =
      AskUrl({.endpoint = (*server)->endpoint(), .target = "/mcp"}, {.within = std::chrono::seconds(20)});
  EXPECT_THAT(answers, IsOk());
  const Result<PublishedFaults> faults = LoadPublishedFaults(".");
  EXPECT_THAT(faults, IsOk());
  return answers.ok() ? JudgeUrl(*answers, *faults, Shapes()) : ScanLines();
}

std::vector<std::string> Faults(const ScanLines& lines) {
  std::vector<std::string> faults;
  for (const ScanLine& line : lines) {
    if (line.verdict == ScanVerdict::kFault) faults.push_back(line.topic + ": " + line.looked + ": " + line.seen);
  }
  return faults;
}

// The sound server, but for what `change` answers; nothing: as before.
using Change = std::function<std::optional<HttpResponse>(const HttpRequest&)>;
std::vector<std::string> FaultsWith(const Change& change) {
  return Faults(Scanned([change](const HttpRequest& request) {
    std::optional<HttpResponse> answer = change(request);
    return answer ? *answer : Sound(request);
  }));
}

std::vector<std::string> FaultsWithMetadata(const std::function<void(Json&)>& change) {
  return FaultsWith([change](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.target != kMetadata) return {};
    HttpResponse answer = Sound(request);
    Json document = ParseJson(answer.body).value_or(Json::object());
    change(document);
    answer.body = Dump(document);
    return answer;
  });
}

TEST(ScanUrl, FindsNothingInAGuardedServer) {
  const ScanLines lines = Scanned(Sound);
  EXPECT_THAT(Faults(lines), IsEmpty());
  EXPECT_THAT(lines, SizeIs(testing::Ge(25U)));
  const auto sound = [](const ScanLine& line) { return line.verdict == ScanVerdict::kSound; };
  EXPECT_GE(std::count_if(lines.begin(), lines.end(), sound), 20);
}

TEST(ScanUrl, NamesOnlyClausesThatAreInTheList) {
  std::ifstream in("scenarios/clauses.yaml");
  const std::string clauses((std::istreambuf_iterator<char>(in)), {});
  for (const auto& handler : {Sound, Open}) {
    for (const ScanLine& line : Scanned(handler))
      EXPECT_THAT(clauses, HasSubstr("clause: \"" + line.clause)) << line.looked;
  }
}

TEST(ScanUrl, SeesWhichListsAndCallsStrangersGet) {
  for (const char* method : {"tools/list", "resources/list", "prompts/list", "initialize", "server/discover"}) {
    EXPECT_THAT(FaultsWith([method](const HttpRequest& request) -> std::optional<HttpResponse> {
                  if (request.target != "/mcp" || MethodOf(request) != method || request.headers.Find("Origin") ||
                      request.headers.Find("Authorization") || request.headers.Get("Host").find("127") != 0)
                    return {};
                  return ResultOf(request, {{"tools", {{{"name", "delete_note"}}}}});
                }),
                ElementsAre(HasSubstr(std::string("strangers: ") + method)));
  }
  EXPECT_THAT(FaultsWith([](const HttpRequest& request) -> std::optional<HttpResponse> {
                if (MethodOf(request) != "tools/call") return {};
                return ResultOf(request, {{"isError", true}});
              }),
              ElementsAre(HasSubstr("tools/call of a tool that nobody has")));
}

TEST(ScanUrl, SeesStreamsAndEndingsForStrangers) {
  EXPECT_THAT(FaultsWith([](const HttpRequest& request) -> std::optional<HttpResponse> {
                if (request.method != "GET" || request.target != "/mcp") return {};
                HttpResponse answer{.status = 200, .headers = {{"Content-Type", "text/event-stream"}}};
                answer.body = "data: {}\n\n";
                return answer;
              }),
              ElementsAre(HasSubstr("strangers: GET, a stream")));
  EXPECT_THAT(FaultsWith([](const HttpRequest& request) -> std::optional<HttpResponse> {
                if (request.method != "DELETE") return {};
                return Answered(204);
              }),
              ElementsAre(HasSubstr("strangers: DELETE")));
}

// What is answered where the sound server challenges.
std::vector<std::string> FaultsWithChallenge(const std::function<void(const HttpRequest&, HttpResponse&)>& change) {
  return FaultsWith([change](const HttpRequest& request) -> std::optional<HttpResponse> {
    HttpResponse answer = Sound(request);
    if (answer.status != 401) return {};
    change(request, answer);
    return answer;
  });
}

TEST(ScanUrl, SeesHowStrangersAndWorthlessTokensAreRefused) {
  const auto worthless = [](const HttpRequest& request) { return !request.headers.Get("Authorization").empty(); };
  EXPECT_THAT(FaultsWithChallenge([&](const HttpRequest& request, HttpResponse& answer) {
                if (!worthless(request)) answer.headers.Remove("WWW-Authenticate");
              }),
              ElementsAre(HasSubstr("401 without WWW-Authenticate")));
  EXPECT_THAT(FaultsWithChallenge([&](const HttpRequest& request, HttpResponse& answer) {
                if (!worthless(request)) answer.status = 403;
              }),
              ElementsAre(HasSubstr("403, where 401")));
  EXPECT_THAT(FaultsWithChallenge([&](const HttpRequest& request, HttpResponse& answer) {
                if (worthless(request)) answer = Answered(500);
              }),
              ElementsAre(HasSubstr("a worthless token: 500")));
  EXPECT_THAT(FaultsWithChallenge([&](const HttpRequest& request, HttpResponse& answer) {
                if (worthless(request)) answer.headers.Set("WWW-Authenticate", "Bearer error=\"invalid_request\"");
              }),
              ElementsAre(HasSubstr("401 with the error")));
  EXPECT_THAT(FaultsWithChallenge([&](const HttpRequest& request, HttpResponse& answer) {
                if (request.headers.Get("Authorization").starts_with("bearer"))
                  answer.headers.Set("WWW-Authenticate", "Bearer");
              }),
              ElementsAre(HasSubstr("the scheme in small letters")));
}

// What is only advised, and what widely used libraries do otherwise.
TEST(ScanUrl, TellsOfErrorsInChallengesAndCallsThemNoFault) {
  const ScanLines lines = Scanned([](const HttpRequest& request) {
    HttpResponse answer = Sound(request);
    if (answer.status != 401) return answer;
    const bool token = !request.headers.Get("Authorization").empty();
    const std::string plain = R"(Bearer resource_metadata=")" + OwnUrl(request, kMetadata) + "\"";
    answer.headers.Set("WWW-Authenticate", token ? plain : plain + R"(, error="invalid_token")");
    return answer;
  });
  EXPECT_THAT(Faults(lines), IsEmpty());
  std::string seen;
  for (const ScanLine& line : lines) seen += line.seen + "\n";
  EXPECT_THAT(seen, AllOf(HasSubstr("with an error although no token was shown"),
                          HasSubstr("without the error invalid_token")));
}

TEST(ScanUrl, KnowsAGuardedStreamOf2024) {
  EXPECT_THAT(FaultsWith([](const HttpRequest& request) -> std::optional<HttpResponse> {
                if (request.target != "/mcp" || request.method == "GET") return {};
                return Answered(405);
              }),
              IsEmpty());
}

TEST(ScanUrl, SaysThatAServerWithoutItsIssuerJudgesNoToken) {
  EXPECT_THAT(FaultsWithChallenge([](const HttpRequest& request, HttpResponse& answer) {
                if (!request.headers.Get("Authorization").empty()) answer = Answered(503);
              }),
              IsEmpty());
}

TEST(ScanUrl, SeesWhatIsWrongWithTheMetadata) {
  EXPECT_THAT(FaultsWith([](const HttpRequest& request) -> std::optional<HttpResponse> {
                if (request.target != kMetadata) return {};
                return Answered(404);
              }),
              ElementsAre(HasSubstr("none: clients cannot find"), HasSubstr("it is not there")));
  EXPECT_THAT(FaultsWithMetadata([](Json& document) { document["resource"] = "https://other.example/mcp"; }),
              ElementsAre(HasSubstr("resource, against the URL")));
  EXPECT_THAT(FaultsWithMetadata([](Json& document) {
                document["resource"] = document["resource"].get<std::string>() + "-of-others";
              }),
              ElementsAre(HasSubstr("resource, against the URL")));
  EXPECT_THAT(FaultsWithMetadata([](Json& document) { document.erase("authorization_servers"); }),
              ElementsAre(HasSubstr("none is named")));
  EXPECT_THAT(FaultsWithMetadata([](Json& document) { document["authorization_servers"] = {"http://issuer.example"}; }),
              ElementsAre(HasSubstr("want https")));
  EXPECT_THAT(FaultsWithMetadata([](Json& document) { document["scopes_supported"] = {"offline_access"}; }),
              ElementsAre(HasSubstr("offline_access")));
}

TEST(ScanUrl, FollowsNoChallengeToAnotherHost) {
  std::atomic<int> asked = 0;
  const auto other = HttpServer::Start([&asked](const HttpRequest&) {
    ++asked;
    return Answered(200);
  });
  ASSERT_THAT(other, IsOk());
  const std::string elsewhere = (*other)->endpoint().Url("/metadata");
  const std::vector<std::string> faults = FaultsWithChallenge([&](const HttpRequest& request, HttpResponse& answer) {
    if (request.headers.Get("Authorization").empty())
      answer.headers.Set("WWW-Authenticate", "Bearer resource_metadata=\"" + elsewhere + "\"");
  });
  EXPECT_THAT(faults, IsEmpty());
  EXPECT_EQ(asked, 0);
}

TEST(ScanUrl, SeesForeignOriginsHostsAndCors) {
  const Json welcome = {{"protocolVersion", "2025-11-25"}};
  EXPECT_THAT(FaultsWith([&](const HttpRequest& request) -> std::optional<HttpResponse> {
                if (request.method != "POST" || request.headers.Get("Origin").empty()) return {};
                return ResultOf(request, welcome);
              }),
              ElementsAre(HasSubstr("Origin of another site")));
  EXPECT_THAT(FaultsWith([&](const HttpRequest& request) -> std::optional<HttpResponse> {
                if (request.headers.Get("Host").find("127.0.0.1") == 0) return {};
                return ResultOf(request, welcome);
              }),
              ElementsAre(HasSubstr("Host of another name")));
  EXPECT_THAT(FaultsWith([&](const HttpRequest& request) -> std::optional<HttpResponse> {
                if (request.method != "OPTIONS") return {};
                HttpResponse answer = Answered(204);
                answer.headers = {{"Access-Control-Allow-Origin", request.headers.Get("Origin")},
                                  {"Access-Control-Allow-Credentials", "true"}};
                return answer;
              }),
              ElementsAre(HasSubstr("any origin is given back, with credentials")));
}

TEST(ScanUrl, SeesMethodsThatAreServed) {
  for (const char* method : {"PUT", "PATCH", "TRACE"}) {
    EXPECT_THAT(FaultsWith([method](const HttpRequest& request) -> std::optional<HttpResponse> {
                  if (request.method != method) return {};
                  return Answered(200, Json::object());
                }),
                ElementsAre(HasSubstr(std::string("methods: ") + method)));
  }
}

TEST(ScanUrl, SeesCookiesThatScriptsCanRead) {
  EXPECT_THAT(FaultsWithChallenge([](const HttpRequest&, HttpResponse& answer) {
                answer.headers.Set("Set-Cookie", "sid=0123456789; Path=/");
              }),
              ElementsAre(AllOf(HasSubstr("\"sid\" without HttpOnly"), Not(HasSubstr("0123")))));
  EXPECT_THAT(FaultsWithChallenge(
                  [](const HttpRequest&, HttpResponse& answer) { answer.headers.Set("Set-Cookie", "BALANCER=a1"); }),
              IsEmpty());
}

TEST(ScanUrl, SeesWhatPagesOfOperationsBetray) {
  const auto page = [](const std::string& at, const std::string& body) {
    return FaultsWith([at, body](const HttpRequest& request) -> std::optional<HttpResponse> {
      if (request.target != at) return {};
      return HttpResponse{.status = 200, .body = body};
    });
  };
  EXPECT_THAT(page("/health", "ok"), IsEmpty());
  const std::string secret = "vlt." + std::string(30, 'x');
  EXPECT_THAT(page("/health", secret),
              ElementsAre(AllOf(HasSubstr("GET /health: shows a token"), Not(HasSubstr(secret)))));
  EXPECT_THAT(page("/metrics", "user alice@corp.example 3"), ElementsAre(HasSubstr("names somebody")));
  EXPECT_THAT(page("/actuator/env", "{\"PORT\": 1}"), ElementsAre(HasSubstr("for whoever looks after")));
}

TEST(ScanUrl, IsNotMisledByAServerThatAnswersEveryPath) {
  EXPECT_THAT(FaultsWith([](const HttpRequest& request) -> std::optional<HttpResponse> {
                if (request.target == "/mcp" || request.target == kMetadata) return {};
                return HttpResponse{.status = 200, .body = "<html>a page of it</html>"};
              }),
              IsEmpty());
}

TEST(ScanUrl, TellsWhatAnOpenServerLetsStrangersDo) {
  const ScanLines lines = Scanned(Open);
  EXPECT_THAT(Faults(lines),
              testing::UnorderedElementsAre(
                  HasSubstr("strangers: initialize"), HasSubstr("1 of them change things"), HasSubstr("tools/call"),
                  HasSubstr("Origin of another site"), HasSubstr("Host of another name"),
                  AllOf(HasSubstr("session ids"), HasSubstr("bits of them differ"), Not(HasSubstr("session-1"))),
                  HasSubstr("CVE-2026-27124"), HasSubstr("CVE-2026-32871")));
}

TEST(ScanUrl, EndsTheSessionsItWasGivenAndNoOther) {
  std::mutex mutex;
  std::vector<std::string> given;
  std::vector<std::string> ended;
  (void)Scanned([&](const HttpRequest& request) {
    const std::lock_guard lock(mutex);
    if (request.method == "DELETE") ended.push_back(request.headers.Get("Mcp-Session-Id"));
    HttpResponse answer = Open(request);
    if (answer.headers.Find("Mcp-Session-Id") != nullptr) given.push_back(answer.headers.Get("Mcp-Session-Id"));
    return answer;
  });
  std::erase(ended, "iff-scan-no-such-session");
  EXPECT_THAT(ended, testing::UnorderedElementsAreArray(given));
}

TEST(ScanUrl, CallsNoToolThatThereIs) {
  std::mutex mutex;
  std::vector<std::string> called;
  (void)Scanned([&](const HttpRequest& request) {
    const std::lock_guard lock(mutex);
    if (MethodOf(request) == "tools/call")
      called.push_back(AtOr<std::string>(*ParseJson(request.body), "/params/name", ""));
    return Open(request);
  });
  EXPECT_THAT(called, testing::Each(std::string(kNobodysTool)));
  EXPECT_FALSE(called.empty());
}

TEST(ScanUrl, PrintsHostileTextHarmlessly) {
  const std::string evil = "\x1b[31mred\x1b]0;title\x07 vlt." + std::string(30, 'y');
  ScanReport report{.of = "http://127.0.0.1/mcp",
                    .lines = Scanned([&](const HttpRequest& request) {
                      HttpResponse answer = Open(request);
                      if (MethodOf(request) == "tools/list")
                        return ResultOf(request, {{"tools", {{{"name", evil}}, {{"name", "\x1b[2Jclear"}}}}});
                      return answer;
                    })};
  const std::string text = ScanText(report);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("vlt.yyyy")));
  EXPECT_THAT(text, HasSubstr("[a token of a vault]"));
}

TEST(ScanUrl, EndsAtTheDeadlineWhereNobodyAnswers) {
  const Result<HeldPort> port = HeldPort::Acquire();
  ASSERT_THAT(port, IsOk());
  EXPECT_THAT(AskUrl({.endpoint = port->endpoint(), .target = "/mcp"}, {}),
              FailsWith(ErrorKind::kUnavailable, HasSubstr("nobody answers")));

  const auto silent = HttpServer::Start([](const HttpRequest&) {
    (void)Eventually(Deadline::In(std::chrono::milliseconds(1500)), []() -> Result<bool> { return false; });
    return Answered(200);
  });
  ASSERT_THAT(silent, IsOk());
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(AskUrl({.endpoint = (*silent)->endpoint(), .target = "/mcp"}, {.within = std::chrono::milliseconds(300)}),
              FailsWith(ErrorKind::kTimeout, HasSubstr("nobody answers")));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(1000));
}

TEST(ScanUrl, TellsNoQueryInWhatItSays) {
  const Result<HeldPort> port = HeldPort::Acquire();
  ASSERT_THAT(port, IsOk());
  const Result<UrlAnswers> answers = AskUrl({.endpoint = port->endpoint(), .target = "/mcp?key=hidden"}, {});
  EXPECT_THAT(answers, FailsWith(ErrorKind::kUnavailable, Not(HasSubstr("hidden"))));
}

TEST(ScanUrl, DoesNotTakeARefusalOfEverythingForOneOfTheOrigin) {
  UrlAnswers answers{.url = {.endpoint = {.port = 80}, .target = "/mcp"}};
  answers.heard["initialize"] = answers.heard["foreign origin"] = {.answer = {{.status = 400}, {}}};
  EXPECT_EQ(JudgeBrowsers(answers).front().verdict, ScanVerdict::kNotTold);
  answers.heard["foreign origin"] = {.answer = {{.status = 403}, {}}};
  EXPECT_EQ(JudgeBrowsers(answers).front().verdict, ScanVerdict::kSound);
}

TEST(ScanUrl, SaysThatNothingThereSpeaksMcp) {
  const auto server = HttpServer::Start([](const HttpRequest&) { return Answered(404); });
  ASSERT_THAT(server, IsOk());
  EXPECT_THAT(AskUrl({.endpoint = (*server)->endpoint()}, {}),
              FailsWith(ErrorKind::kProtocol, AllOf(HasSubstr("POST / answers 404"), HasSubstr("/mcp answers 404"))));
}

TEST(JudgeConnection, WantsTlsWhereOthersCanListen) {
  UrlAnswers answers{.url = {.endpoint = {.host = "mcp.example", .port = 80}, .target = "/mcp"}};
  EXPECT_EQ(JudgeConnection(answers, {})[0].verdict, ScanVerdict::kFault);
  answers.url.endpoint.scheme = "https";
  EXPECT_EQ(JudgeConnection(answers, {})[0].verdict, ScanVerdict::kSound);
}

TEST(JudgeBrowsers, CallsAnOpenServerThatAnyPageMayReadAFault) {
  UrlAnswers answers{.url = {.endpoint = {.port = 80}, .target = "/mcp"}};
  Heard heard{.answer = {{.status = 204, .headers = {{"Access-Control-Allow-Origin", "*"}}}, {}}};
  answers.heard["preflight"] = heard;
  EXPECT_EQ(JudgeBrowsers(answers).back().verdict, ScanVerdict::kFault);
  answers.heard["initialize"] = {.answer = {{.status = 401}, {}}};
  EXPECT_EQ(JudgeBrowsers(answers).back().verdict, ScanVerdict::kSound);
}

TEST(ScanText, TellsFaultsAndTheSumAloneWhereThatIsWanted) {
  const ScanReport report{.of = "x",
                          .lines = {Line("pages", "GET /", ScanVerdict::kFault, "shows it", "c"),
                                    Line("methods", "PUT", ScanVerdict::kSound, "405")}};
  EXPECT_EQ(ScanText(report, true), "  fault:    GET /: shows it  [c]\nx: 1 faults, 1 sound, 0 not told, in 0.0 s");
}

TEST(ScanJson, HasEveryLine) {
  const ScanReport report{.of = "x", .lines = {Line("pages", "GET /", ScanVerdict::kFault, "shows it", "c")}};
  const Json json = ScanJson(report);
  EXPECT_EQ(json["faults"], 1);
  EXPECT_EQ(json["lines"][0]["verdict"], "fault");
  EXPECT_EQ(json["two_people_would_add"].size(), WhatTwoWouldAdd().size());
}

}  // namespace
}  // namespace iff
