#include "mocks/jira/jira.h"

#include "mocks/mock_testing.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class JiraTest : public MockServerTest {
 protected:
  void SetUp() override { Serve(MakeJira()); }

  std::vector<std::string> Search(const std::string& jql, const Person& as) {
    const Json found = Body(Get("/rest/api/3/search?maxResults=100&jql=" + PercentEncode(jql), as));
    std::vector<std::string> keys;
    for (const Json& issue : AtOr<Json>(found, "/issues", Json::array())) {
      keys.push_back(AtOr<std::string>(issue, "/key", ""));
    }
    return keys;
  }

  static Json NewIssue(const std::string& project, const std::string& summary) {
    return {{"fields", {{"project", {{"key", project}}}, {"summary", summary}, {"issuetype", {{"name", "Task"}}}}}};
  }
};

TEST_F(JiraTest, ShowsAnIssueToItsOwner) {
  const HttpResponse response = Get("/rest/api/3/issue/KAAAA-1", alice_);
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("canary-of-alice"));
  const Json issue = Body(response);
  EXPECT_EQ(AtOr<std::string>(issue, "/key", ""), "KAAAA-1");
  EXPECT_EQ(AtOr<std::string>(issue, "/fields/description/type", ""), "doc");
  EXPECT_EQ(AtOr<std::string>(issue, "/fields/assignee/displayName", ""), "alice-1");
  EXPECT_THAT(Ledger().back().disclosed, ElementsAre("alice-1"));
}

// The answers must not tell a hidden issue from one that does not exist.
TEST_F(JiraTest, HidesAnothersIssueLikeOneThatDoesNotExist) {
  const HttpResponse hidden = Get("/rest/api/3/issue/KAAAA-1", bob_);
  const HttpResponse absent = Get("/rest/api/3/issue/NONE-1", bob_);
  EXPECT_EQ(hidden.status, 404);
  EXPECT_EQ(hidden.body, absent.body);
  EXPECT_THAT(hidden.body, HasSubstr("Issue does not exist or you do not have permission to see it."));
  EXPECT_THAT(Ledger().front().disclosed, IsEmpty());
  EXPECT_EQ(Get("/rest/api/3/issue/OPS-3", alice_).status, 200);
  EXPECT_EQ(Get("/rest/api/3/issue/OPS-3", bob_).status, 404);
}

TEST_F(JiraTest, TakesBasicAndBearerCredentialsAndNoOthers) {
  const std::string target = "/rest/api/3/myself";
  EXPECT_EQ(Send("GET", target, Basic("alice-1", alice_.token.Reveal())).status, 200);
  EXPECT_EQ(AtOr<std::string>(Body(Get(target, alice_)), "/displayName", ""), "alice-1");
  EXPECT_EQ(Send("GET", target, Basic("bob-1", alice_.token.Reveal())).status, 401);
  const HttpResponse none = Send("GET", target);
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(AtOr<std::string>(Body(none), "/errorMessages/0", ""),
            "Client must be authenticated to access this resource.");
  EXPECT_EQ(Send("GET", target, {{"Authorization", "Bearer wrong"}}).headers.Get("X-Seraph-LoginReason"),
            "AUTHENTICATED_FAILED");
}

TEST_F(JiraTest, SearchesWhatTheCallerMaySee) {
  EXPECT_THAT(Search("", alice_),
              AllOf(Contains("KAAAA-1"), Contains("DEMO-1"), Contains("OPS-3"), Not(Contains("KBBBB-1"))));
  EXPECT_THAT(Ledger().back().disclosed, ElementsAre("alice-1"));
  EXPECT_THAT(Search("assignee = currentUser()", bob_), ElementsAre("KBBBB-1"));
  EXPECT_THAT(Search("text ~ canary", bob_), ElementsAre("KBBBB-1"));
  EXPECT_THAT(Search("project = OPS AND status != Done", bob_), ElementsAre("OPS-1"));
  EXPECT_THAT(Search("project in (DEMO) ORDER BY key DESC", bob_), ElementsAre("DEMO-4", "DEMO-3", "DEMO-2", "DEMO-1"));
  EXPECT_THAT(Search("key in (OPS-3, KAAAA-1, DEMO-2)", bob_), ElementsAre("DEMO-2"));
}

TEST_F(JiraTest, AnswersBadQueriesWithTheirMistake) {
  const HttpResponse bad = Get("/rest/api/3/search?jql=nonsense", alice_);
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(AtOr<std::string>(Body(bad), "/errorMessages/0", ""), HasSubstr("'nonsense' does not exist"));
  const HttpResponse hidden = Get("/rest/api/3/search?jql=" + PercentEncode("project = KAAAA"), bob_);
  EXPECT_EQ(hidden.status, 400);
  EXPECT_THAT(hidden.body, HasSubstr("The value 'KAAAA' does not exist for the field 'project'."));
}

TEST_F(JiraTest, TellsResultsPageByPage) {
  const Json second = Body(Get("/rest/api/3/search?jql=project=DEMO&startAt=2&maxResults=1", alice_));
  EXPECT_EQ(AtOr<std::string>(second, "/issues/0/key", ""), "DEMO-3");
  EXPECT_EQ(AtOr<int64_t>(second, "/startAt", 0), 2);
  EXPECT_EQ(AtOr<int64_t>(second, "/maxResults", 0), 1);
  EXPECT_EQ(AtOr<int64_t>(second, "/total", 0), 4);

  const Json ask = {{"jql", "project = DEMO"}, {"maxResults", 3}, {"fields", {"summary"}}};
  const Json first = Body(Post("/rest/api/3/search/jql", alice_, ask));
  EXPECT_FALSE(AtOr<bool>(first, "/isLast", true));
  EXPECT_EQ(AtOr<Json>(first, "/issues/0/fields", Json()), Json({{"summary", "Order more tea"}}));
  Json next = ask;
  next["nextPageToken"] = AtOr<std::string>(first, "/nextPageToken", "");
  const Json last = Body(Post("/rest/api/3/search/jql", alice_, next));
  EXPECT_TRUE(AtOr<bool>(last, "/isLast", false));
  EXPECT_EQ(AtOr<std::string>(last, "/issues/0/key", ""), "DEMO-4");
}

TEST_F(JiraTest, CreatesIssuesWhereTheCallerMay) {
  const HttpResponse made = Post("/rest/api/3/issue", bob_, NewIssue("DEMO", "From bob"));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(AtOr<std::string>(Body(made), "/key", ""), "DEMO-5");
  EXPECT_EQ(Get("/rest/api/3/issue/DEMO-5", alice_).status, 200);
  EXPECT_EQ(Post("/rest/api/3/issue", alice_, NewIssue("OPS", "From alice")).status, 201);
  const HttpResponse forbidden = Post("/rest/api/3/issue", bob_, NewIssue("OPS", "From bob"));
  EXPECT_EQ(forbidden.status, 403);
  EXPECT_THAT(forbidden.body, HasSubstr("You do not have permission to create issues in this project."));
  EXPECT_EQ(Post("/rest/api/3/issue", bob_, NewIssue("KAAAA", "From bob")).body,
            Post("/rest/api/3/issue", bob_, NewIssue("NONE", "From bob")).body);
}

TEST_F(JiraTest, NamesEachWrongFieldOfANewIssue) {
  Json issue = NewIssue("DEMO", "");
  issue["fields"]["description"] = "plain text";
  const HttpResponse refused = Post("/rest/api/3/issue", alice_, issue);
  EXPECT_EQ(refused.status, 400);
  const Json errors = AtOr<Json>(Body(refused), "/errors", Json::object());
  EXPECT_TRUE(errors.contains("summary"));
  EXPECT_THAT(AtOr<std::string>(errors, "/description", ""), HasSubstr("Atlassian Document"));
  EXPECT_EQ(Send("POST", "/rest/api/3/issue", Bearer(alice_), "{").status, 400);
}

TEST_F(JiraTest, SaysWhenToComeBackWhenItHasHadEnough) {
  Control("PUT", "disturb", {{"account", "alice-1"}, {"status", 429}});
  const HttpResponse enough = Get("/rest/api/3/myself", alice_);
  EXPECT_EQ(enough.status, 429);
  EXPECT_EQ(enough.headers.Get("Retry-After"), "1");
  EXPECT_EQ(enough.headers.Get("X-RateLimit-Remaining"), "0");
}

TEST_F(JiraTest, RefusesWhoHasUsedUpTheWindow) {
  const HttpResponse usual = Get("/rest/api/3/myself", alice_);
  EXPECT_EQ(usual.headers.Get("X-RateLimit-Limit"), "100");
  EXPECT_EQ(usual.headers.Get("X-RateLimit-NearLimit"), "false");
  EXPECT_EQ(usual.headers.Find("Retry-After"), nullptr);
  EXPECT_EQ(Send("GET", "/rest/api/3/myself").headers.Find("X-RateLimit-Limit"), nullptr);
  Control("PUT", "limit", {{"account", ""}, {"requests", 2}, {"seconds", 600}});
  EXPECT_EQ(Get("/rest/api/3/myself", alice_).headers.Get("X-RateLimit-Remaining"), "1");
  const HttpResponse last = Get("/rest/api/3/myself", alice_);
  EXPECT_EQ(last.headers.Get("X-RateLimit-Remaining"), "0");
  EXPECT_EQ(last.headers.Get("X-RateLimit-NearLimit"), "true");
  const HttpResponse enough = Get("/rest/api/3/myself", alice_);
  EXPECT_EQ(enough.status, 429);
  EXPECT_EQ(enough.headers.Get("X-RateLimit-Remaining"), "0");
  EXPECT_NE(enough.headers.Find("X-RateLimit-Reset"), nullptr);
  EXPECT_GT(std::stoi("0" + enough.headers.Get("Retry-After")), 500);
  EXPECT_EQ(Get("/rest/api/3/myself", bob_).status, 200);
}

TEST_F(JiraTest, StartsTheWindowAnew) {
  Control("PUT", "limit", {{"account", "alice-1"}, {"requests", 1}, {"seconds", 1}});
  EXPECT_EQ(Get("/rest/api/3/myself", alice_).status, 200);
  EXPECT_EQ(Get("/rest/api/3/myself", alice_).headers.Get("Retry-After"), "1");
  const Result<void> served =
      Eventually(Deadline::In(10s), [&]() -> Result<bool> { return Get("/rest/api/3/myself", alice_).status == 200; });
  EXPECT_THAT(served, IsOk());
}

TEST_F(JiraTest, ForgetsWhatALeaverHad) {
  EXPECT_EQ(Post("/rest/api/3/issue", bob_, NewIssue("DEMO", "From bob")).status, 201);
  Control("DELETE", "people", {{"accounts", {"bob-1"}}});
  EXPECT_EQ(Get("/rest/api/3/issue/DEMO-5", alice_).status, 404);
}

TEST_F(JiraTest, HasNoEndpointsBesides) {
  EXPECT_EQ(Get("/rest/api/3/user", alice_).status, 404);
  EXPECT_EQ(Get("/rest/api/2/issue/DEMO-1", alice_).status, 404);
  EXPECT_EQ(Get("/rest/api/3/issue", alice_).status, 405);
}

}  // namespace
}  // namespace iff
