#include "servers/http/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "servers/testing/program_under_test.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The parameters as JSON text, or "no".
std::string Matched(std::string_view pattern, std::string_view path) {
  const auto parameters = MatchRoute(pattern, path);
  return parameters ? Dump(Json(*parameters)) : "no";
}

TEST(MatchRoute, TakesSegmentsAsTheyAreMeant) {
  EXPECT_EQ(Matched("/a/{x}/b", "/a/1/b"), R"({"x":"1"})");
  EXPECT_EQ(Matched("/a/{x}", "/a/one%20two"), R"({"x":"one two"})");
  EXPECT_EQ(Matched("/a/{x...}", "/a/1/2/3"), R"({"x":"1/2/3"})");
  EXPECT_EQ(Matched("/a", "/a"), "{}");
  for (const char* path : {"", "a/1", "/a", "/a/", "/a//", "/a/1/", "/a/1/2", "/b/1", "/A/1", "/a/..", "/a/%2e%2e",
                           "/a/%2E", "/a/1%2f2", "/a/1%5c2", "/a/%00", "/a/%zz", "/a/%7f"}) {
    EXPECT_EQ(Matched("/a/{x}", path), "no") << path;
  }
  for (const char* path : {"/a", "/a/", "/a/1/", "/a/1//2", "/a/1/../2", "/a/1/%2e%2e/2", "/a/..%2f1"}) {
    EXPECT_EQ(Matched("/a/{x...}", path), "no") << path;
  }
}

class PlainServerTest : public ::testing::Test {
 protected:
  HttpResponse Ask(const std::string& method, const std::string& target, const std::string& authorization,
                   const Headers& more = {}) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers = more;
    if (!authorization.empty()) request.headers.Add("Authorization", authorization);
    if (method == "PUT") request.body = "{}";
    HttpClient client(program.address());
    Result<HttpResponse> answer = client.Send(request, Deadline::In(10s));
    HttpResponse nothing;
    nothing.status = 0;
    return answer.ok() ? std::move(answer).value() : nothing;
  }
  std::string As(const std::string& subject, const Json& claims = nullptr) {
    return "Bearer " + program.TokenOf(subject, claims).Reveal();
  }
  // Outcome and reason of the audit record that came last.
  std::string LastRecord() {
    const std::string all = TextOf(program.audit_file());
    const size_t start = all.rfind('\n', all.size() - 2);
    const Json record = ParseJson(all.substr(start == std::string::npos ? 0 : start + 1)).value();
    return AtOr<std::string>(record, "/method", "") + " " + AtOr<std::string>(record, "/tool", "") + " " +
           AtOr<std::string>(record, "/subject", "") + " " + AtOr<std::string>(record, "/outcome", "") + " " +
           AtOr<std::string>(record, "/reason", "");
  }

  FakeIssuer issuer;
  FakeVault vault;
  ProgramUnderTest program{IFF_PROGRAM, "mcp-plain", issuer, vault, {"IFF_RATE_LIMITS=write=1/60"}};
};

TEST_F(PlainServerTest, ServesToolsWithoutAnySourceOfCredentials) {
  EXPECT_EQ(program.CallAs("alice", "add", Json{{"a", 2}, {"b", 3}})["structuredContent"]["sum"], 5);
  const Json who = program.CallAs("alice", "whoami", Json::object())["structuredContent"];
  EXPECT_EQ(who["subject"], "alice");
  EXPECT_FALSE(who.contains("credentials"));
  EXPECT_FALSE(who.contains("entity_id"));
  EXPECT_EQ(vault.logins, 0);
}

TEST_F(PlainServerTest, ServesARouteAsItsCaller) {
  const HttpResponse answer = Ask("GET", "/notes/first%20one", As("alice"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"name":"first one","of":"alice"})");
  EXPECT_EQ(answer.headers.Get("Cache-Control"), "no-store");
  EXPECT_EQ(LastRecord(), "GET /notes/{name} alice allowed ");
  EXPECT_EQ(Ask("HEAD", "/notes/x", As("alice")).status, 200);
}

TEST_F(PlainServerTest, GuardsARouteAsItGuardsMcp) {
  const HttpResponse stranger = Ask("GET", "/notes/x", "");
  EXPECT_EQ(stranger.status, 401);
  EXPECT_THAT(stranger.headers.Get("WWW-Authenticate"), HasSubstr("resource_metadata="));
  EXPECT_EQ(LastRecord(), "GET /notes/{name}  denied no_credentials");
  EXPECT_EQ(Ask("GET", "/notes/x", "Bearer nonsense").status, 401);
  EXPECT_EQ(Ask("GET", "/notes/x", As("alice", Json{{"aud", "mcp-other"}})).status, 401);
  EXPECT_EQ(Ask("DELETE", "/notes/x", "").status, 401);  // before the method is looked at

  const HttpResponse foreign = Ask("GET", "/notes/x", As("alice"), Headers{{"Origin", "http://evil.example"}});
  EXPECT_EQ(foreign.status, 403);
  EXPECT_EQ(LastRecord(), "GET /notes/{name} alice denied foreign_origin");

  const HttpResponse narrow = Ask("GET", "/notes/x", As("alice", Json{{"scope", "openid"}}));
  EXPECT_EQ(narrow.status, 403);
  EXPECT_THAT(narrow.headers.Get("WWW-Authenticate"),
              ::testing::AllOf(HasSubstr("insufficient_scope"), HasSubstr("scope=\"jira:read\"")));
  EXPECT_EQ(LastRecord(), "GET /notes/{name} alice denied insufficient_scope");

  const std::string writer = As("alice", Json{{"scope", "jira:write"}});
  EXPECT_EQ(Ask("PUT", "/notes/x", writer).status, 201);
  const HttpResponse often = Ask("PUT", "/notes/x", writer);
  EXPECT_EQ(often.status, 429);
  EXPECT_NE(often.headers.Get("Retry-After"), "");
  EXPECT_EQ(Ask("PUT", "/notes/x", As("bob", Json{{"scope", "jira:write"}})).status, 201);
}

TEST_F(PlainServerTest, AnswersWhatNoRouteTakes) {
  const HttpResponse wrong = Ask("DELETE", "/notes/x", As("alice"));
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.Get("Allow"), "GET, HEAD, PUT");
  EXPECT_EQ(Ask("BREW", "/notes/x", As("alice")).status, 405);
  EXPECT_EQ(LastRecord(), "other /notes/{name} alice failed method_not_allowed") << "a method of the sender's making";
  EXPECT_EQ(Ask("GET", "/notes", As("alice")).status, 404);
  EXPECT_EQ(Ask("GET", "/notes/..%2fx", As("alice")).status, 404);
  EXPECT_EQ(Ask("GET", "/files/a/b%20c", As("alice")).body, R"("a/b c")");
}

TEST_F(PlainServerTest, EndsARequestWhoseHandlerThrows) {
  const HttpResponse answer = Ask("GET", "/throws", As("alice"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, Not(HasSubstr("secret words")));
  EXPECT_EQ(LastRecord(), "GET /throws alice failed internal");
  EXPECT_THAT(TextOf(program.log_file()), Not(HasSubstr("secret words")));
}

}  // namespace
}  // namespace iff
