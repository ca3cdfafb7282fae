#include "mocks/github/github.h"

#include "mocks/mock_testing.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class GithubTest : public MockServerTest {
 protected:
  void SetUp() override { Serve(MakeGithub()); }
};

TEST_F(GithubTest, SaysWhoACredentialBelongsTo) {
  EXPECT_EQ(AtOr<std::string>(Body(Get("/user", alice_)), "/login", ""), "alice-1");
  EXPECT_EQ(Send("GET", "/user", {{"Authorization", "token " + bob_.token.Reveal()}}).status, 200);
  const HttpResponse bad = Send("GET", "/user", {{"Authorization", "Bearer wrong"}});
  EXPECT_EQ(bad.status, 401);
  EXPECT_EQ(
      Body(bad),
      Json({{"message", "Bad credentials"}, {"documentation_url", "https://docs.github.com/rest"}, {"status", "401"}}));
  EXPECT_EQ(AtOr<std::string>(Body(Send("GET", "/user")), "/message", ""), "Requires authentication");
  // Even where no credential is needed, a bad one is refused.
  EXPECT_EQ(Send("GET", "/repos/octo-tools/hammer", {{"Authorization", "Bearer wrong"}}).status, 401);
}

TEST_F(GithubTest, ShowsPrivateRepositoriesToTheirOwnerAlone) {
  const HttpResponse own = Get("/repos/alice-1/private", alice_);
  EXPECT_EQ(own.status, 200);
  EXPECT_THAT(own.body, HasSubstr("canary-of-alice"));
  EXPECT_THAT(Ledger().back().disclosed, ElementsAre("alice-1"));
  const HttpResponse hidden = Get("/repos/alice-1/private", bob_);
  EXPECT_EQ(hidden.status, 404);
  EXPECT_EQ(hidden.body, Get("/repos/alice-1/none", bob_).body);
  EXPECT_EQ(Get("/repos/alice-1/private/issues", bob_).status, 404);
  EXPECT_EQ(Post("/repos/alice-1/private/issues", bob_, {{"title", "hello"}}).status, 404);
  EXPECT_THAT(Ledger().back().disclosed, IsEmpty());
}

TEST_F(GithubTest, ShowsPublicRepositoriesToAnybody) {
  EXPECT_EQ(Get("/repos/Alice-1/Public", bob_).status, 200);
  EXPECT_EQ(Send("GET", "/repos/octo-tools/hammer").status, 200);
  EXPECT_THAT(Ledger().back().disclosed, IsEmpty());
}

TEST_F(GithubTest, ListsTheCallersRepositories) {
  const HttpResponse listed = Get("/user/repos", alice_);
  EXPECT_THAT(listed.body, AllOf(HasSubstr("alice-1/private"), HasSubstr("alice-1/public"), Not(HasSubstr("bob-1"))));
  EXPECT_THAT(Ledger().back().disclosed, ElementsAre("alice-1"));
  EXPECT_THAT(Get("/user/repos?visibility=public", alice_).body, Not(HasSubstr("canary")));
  EXPECT_THAT(Ledger().back().disclosed, IsEmpty());
}

TEST_F(GithubTest, ListsIssuesByState) {
  const auto count = [&](const std::string& query) {
    return Body(Get("/repos/octo-tools/hammer/issues" + query, alice_)).size();
  };
  EXPECT_EQ(count(""), 3U);
  EXPECT_EQ(count("?state=closed"), 1U);
  EXPECT_EQ(count("?state=all"), 4U);
  EXPECT_EQ(Get("/repos/octo-tools/hammer/issues?state=odd", alice_).status, 422);
}

TEST_F(GithubTest, LinksThePages) {
  const HttpResponse second = Get("/repos/octo-tools/hammer/issues?state=all&per_page=1&page=2", alice_);
  EXPECT_EQ(AtOr<int64_t>(Body(second), "/0/number", 0), 3);
  const std::string base = server_->endpoint().Url("/repos/octo-tools/hammer/issues?per_page=1&state=all&page=");
  EXPECT_EQ(second.headers.Get("Link"), "<" + base + "1>; rel=\"prev\", <" + base + "3>; rel=\"next\", <" + base +
                                            "4>; rel=\"last\", <" + base + "1>; rel=\"first\"");
  EXPECT_EQ(Get("/repos/octo-tools/hammer/issues", alice_).headers.Find("Link"), nullptr);
  EXPECT_EQ(Body(Get("/repos/octo-tools/hammer/issues?page=9", alice_)).size(), 0U);
}

TEST_F(GithubTest, AnswersNotModifiedToWhoHasItAlready) {
  const HttpResponse first = Get("/repos/alice-1/private", alice_);
  Headers again = Bearer(alice_);
  again.Add("If-None-Match", first.headers.Get("ETag"));
  const HttpResponse second = Send("GET", "/repos/alice-1/private", again);
  EXPECT_EQ(second.status, 304);
  EXPECT_EQ(second.body, "");
  EXPECT_THAT(Ledger().back().disclosed, IsEmpty());
  Headers stale = Bearer(alice_);
  stale.Add("If-None-Match", "W/\"other\"");
  EXPECT_EQ(Send("GET", "/repos/alice-1/private", stale).status, 200);
}

TEST_F(GithubTest, CreatesIssuesWhereTheCallerMay) {
  const HttpResponse made = Post("/repos/alice-1/private/issues", alice_, {{"title", "hello"}, {"body", "world"}});
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(AtOr<int64_t>(Body(made), "/number", 0), 2);
  EXPECT_EQ(made.headers.Get("Location"), server_->endpoint().Url("/repos/alice-1/private/issues/2"));
  EXPECT_THAT(Get("/repos/alice-1/private/issues/2", alice_).body, HasSubstr("world"));
  EXPECT_EQ(Post("/repos/octo-tools/hammer/issues", bob_, {{"title", "hello"}}).status, 201);
  EXPECT_EQ(Post("/repos/open-maps/old-town/issues", bob_, {{"title", "hello"}}).status, 403);
  EXPECT_EQ(Send("POST", "/repos/octo-tools/hammer/issues", {}, R"({"title": "x"})").status, 401);
  const HttpResponse refused = Post("/repos/octo-tools/hammer/issues", bob_, {{"body", "no title"}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(AtOr<std::string>(Body(refused), "/errors/0/field", ""), "title");
}

TEST_F(GithubTest, TellsItsRateLimit) {
  const HttpResponse first = Get("/user", alice_);
  EXPECT_EQ(first.headers.Get("x-ratelimit-limit"), "5000");
  EXPECT_EQ(first.headers.Get("x-ratelimit-remaining"), "4999");
  EXPECT_EQ(Get("/user", alice_).headers.Get("x-ratelimit-remaining"), "4998");
  EXPECT_EQ(Get("/user", bob_).headers.Get("x-ratelimit-remaining"), "4999");
  EXPECT_EQ(Send("GET", "/repos/octo-tools/hammer").headers.Get("x-ratelimit-limit"), "60");
  Control("PUT", "disturb", {{"account", "alice-1"}, {"status", 403}});
  const HttpResponse enough = Get("/user", alice_);
  EXPECT_EQ(enough.status, 403);
  EXPECT_THAT(enough.body, HasSubstr("API rate limit exceeded"));
  EXPECT_EQ(enough.headers.Get("x-ratelimit-remaining"), "0");
  EXPECT_EQ(enough.headers.Get("Retry-After"), "1");
}

TEST_F(GithubTest, RefusesWhoHasUsedUpTheHour) {
  Control("PUT", "limit", {{"account", ""}, {"requests", 2}, {"seconds", 3600}, {"status", 403}});
  const HttpResponse first = Get("/user", alice_);
  EXPECT_EQ(first.headers.Get("x-ratelimit-remaining"), "1");
  // What has not changed costs nothing.
  Headers unchanged = Bearer(alice_);
  unchanged.Add("If-None-Match", first.headers.Get("ETag"));
  const HttpResponse same = Send("GET", "/user", std::move(unchanged));
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.headers.Get("x-ratelimit-remaining"), "1");
  EXPECT_EQ(Get("/user", alice_).headers.Get("x-ratelimit-used"), "2");
  const HttpResponse enough = Get("/user", alice_);
  EXPECT_EQ(enough.status, 403);
  EXPECT_THAT(enough.body, HasSubstr("API rate limit exceeded"));
  EXPECT_EQ(enough.headers.Get("x-ratelimit-remaining"), "0");
  EXPECT_EQ(enough.headers.Get("x-ratelimit-reset"), first.headers.Get("x-ratelimit-reset"));
  EXPECT_EQ(enough.headers.Find("Retry-After"), nullptr);
  EXPECT_EQ(Get("/user", bob_).status, 200);
}

TEST_F(GithubTest, DecodesPathsOnce) {
  EXPECT_EQ(Get("/repos/alice-1/..%2Fbob-1%2Fprivate", alice_).status, 404);
  EXPECT_EQ(Get("/repos/alice-1%2Fprivate", alice_).status, 404);
  EXPECT_EQ(Get("/repos/alice%2D1/private", alice_).status, 200);
}

}  // namespace
}  // namespace iff
