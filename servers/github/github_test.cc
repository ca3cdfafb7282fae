// The whole program against fakes on loopback: what a client sees, and what the service behind it saw. What all servers
// have in common is tested beside Jira's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "servers/testing/fake_service.h"
#include "servers/testing/program_under_test.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kRepository =
    R"({"name":"private","full_name":"alice/private","owner":{"login":"alice"},"private":true,)"
    R"("url":"http://internal"})";
constexpr const char* kIssues =
    R"([{"number":1,"title":"plan","state":"open","user":{"login":"alice"},"url":"http://internal"}])";

class GithubServerTest : public ::testing::Test {
 protected:
  GithubServerTest() { vault.Store("alice", "github", Json{{"token", "gh-1"}}); }

  Json CallAs(const std::string& subject, const std::string& tool, const Json& arguments) {
    return server.CallAs(subject, tool, arguments, Json{{"scope", "openid github:read github:write"}});
  }

  FakeIssuer issuer;
  FakeVault vault;
  FakeService github{
      "Bearer gh-1",
      {{"/repos/alice/private", kRepository}, {"/repos/alice/private/issues", kIssues}, {"/user/repos", "[]"}}};
  ProgramUnderTest server{IFF_PROGRAM, "mcp-github", issuer, vault, {"IFF_UPSTREAM_URL=" + github.endpoint().Url()}};
  const Json repo = Json{{"owner", "alice"}, {"repo", "private"}};
};

TEST_F(GithubServerTest, ReadsARepositoryWithItsCallersOwnToken) {
  const Json result = CallAs("alice", "get_repo", repo);
  EXPECT_EQ(AtOr<std::string>(result, "/structuredContent/full_name", ""), "alice/private") << result;
  EXPECT_THAT(Dump(result), Not(HasSubstr("internal")));
  ASSERT_EQ(github.requests().size(), 1u);
  const Headers sent = github.requests()[0].headers;
  EXPECT_EQ(sent.Get("Authorization"), "Bearer gh-1");
  EXPECT_EQ(sent.Get("Accept"), "application/vnd.github+json");
  EXPECT_EQ(sent.Get("X-GitHub-Api-Version"), "2022-11-28");
}

TEST_F(GithubServerTest, ListsPageByPage) {
  Json page = repo;
  page.update({{"state", "all"}, {"per_page", 5}, {"page", 2}});
  const Json result = CallAs("alice", "list_issues", page);
  EXPECT_EQ(AtOr<std::string>(result, "/structuredContent/issues/0/user", ""), "alice") << result;
  EXPECT_EQ(CodeOf(CallAs("alice", "list_repos", Json::object())), "");
  ASSERT_EQ(github.requests().size(), 2u);
  EXPECT_EQ(github.requests()[0].target, "/repos/alice/private/issues?state=all&per_page=5&page=2");
  EXPECT_EQ(github.requests()[1].target, "/user/repos?per_page=100&page=1");
}

TEST_F(GithubServerTest, OpensAnIssueAsItsCaller) {
  Json made = repo;
  made.update({{"title", "hello"}, {"body", "world"}});
  EXPECT_EQ(CodeOf(CallAs("alice", "create_issue", made)), "");
  ASSERT_EQ(github.requests().size(), 1u);
  EXPECT_EQ(github.requests()[0].method, "POST");
  EXPECT_EQ(ParseJson(github.requests()[0].body).value(), Json({{"title", "hello"}, {"body", "world"}}));
  EXPECT_EQ(github.requests()[0].headers.Get("Authorization"), "Bearer gh-1");
}

TEST_F(GithubServerTest, TellsAMissingCredentialFromAnUnknownRepository) {
  EXPECT_EQ(CodeOf(CallAs("bob", "get_repo", repo)), "missing_credential");
  EXPECT_TRUE(github.requests().empty());
  const Json unknown = CallAs("alice", "get_repo", Json{{"owner", "bob"}, {"repo", "private"}});
  EXPECT_EQ(CodeOf(unknown), "not_found");
  EXPECT_THAT(Dump(unknown), Not(HasSubstr("internal.example")));
}

TEST_F(GithubServerTest, TakesAUsedUpBudgetForARateLimitAndSendsNothingMeanwhile) {
  HttpResponse used_up = {.status = 403};
  used_up.headers.Add("x-ratelimit-remaining", "0");
  used_up.headers.Add("Retry-After", "7");
  github.Answers(used_up);
  EXPECT_EQ(CodeOf(CallAs("alice", "get_repo", repo)), "upstream_rate_limited");
  EXPECT_EQ(CodeOf(CallAs("alice", "get_repo", repo)), "upstream_rate_limited");
  EXPECT_EQ(github.requests().size(), 1u);
}

TEST_F(GithubServerTest, TakesA403WithSomethingLeftForWhatItIs) {
  HttpResponse forbidden = {.status = 403};
  forbidden.headers.Add("x-ratelimit-remaining", "4999");
  github.Answers(forbidden);
  EXPECT_EQ(CodeOf(CallAs("alice", "get_repo", repo)), "forbidden");
  EXPECT_EQ(CodeOf(CallAs("alice", "get_repo", repo)), "forbidden");
  EXPECT_EQ(github.requests().size(), 2u);
}

TEST_F(GithubServerTest, RefusesNamesThatAreNone) {
  for (const auto& [owner, name] :
       {std::pair("..", "user"), std::pair("alice", ".."), std::pair("alice", "."), std::pair("a/b", "c"),
        std::pair("alice", "private/issues"), std::pair("alice", "private?x"), std::pair("-alice", "x")}) {
    const Json result = CallAs("alice", "get_repo", Json{{"owner", owner}, {"repo", name}});
    EXPECT_TRUE(AtOr<bool>(result, "/isError", false)) << owner << " " << name;
    ASSERT_TRUE(github.requests().empty()) << owner << " " << name << " became " << github.requests()[0].target;
  }
}

TEST_F(GithubServerTest, WritesNothingForWhoMayOnlyRead) {
  Json made = repo;
  made["title"] = "hello";
  const Secret reader = server.TokenOf("alice", Json{{"scope", "openid github:read"}});
  const HttpResponse refused = server.Call("create_issue", made, "Bearer " + reader.Reveal());
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.headers.Get("WWW-Authenticate"), HasSubstr("github:write"));
  EXPECT_TRUE(github.requests().empty());
}

}  // namespace
}  // namespace iff
