#include "harness/run/bend.h"

#include <gmock/gmock.h>

#include <set>

#include "harness/core/json.h"
#include "harness/mcp/protocol.h"

namespace iff {
namespace {

using testing::HasSubstr;

HttpRequest Call(Revision revision = Revision::k20260728) {
  return McpRequest(revision, "/mcp", "tools/call", Json{{"name", "get_issue"}, {"arguments", {{"issue_key", "A-1"}}}}, 7, "");
}

std::string Shown(const HttpRequest& request) {
  std::string text = request.method + " " + request.target + "\n";
  for (const auto& [name, value] : request.headers.fields()) text += name + ": " + value + "\n";
  return text + request.body;
}

TEST(BentRequests, AreEachAnotherRequest) {
  std::set<std::string> seen = {Shown(Call())};
  ASSERT_GT(BentRequests().size(), 30U);
  for (const Attack& attack : BentRequests()) {
    HttpRequest request = Call();
    Bend(attack.id, request, "carol");
    EXPECT_TRUE(seen.insert(Shown(request)).second) << attack.id << " is another one, or the straight request";
    ASSERT_NE(FindBentRequest(attack.id), nullptr);
    EXPECT_EQ(FindBentRequest(attack.id)->title, attack.title);
    EXPECT_FALSE(attack.row.empty() || attack.title.empty() || attack.clause.empty()) << attack.id;
  }
}

TEST(BentRequests, LeaveTheHandshakeStraight) {
  for (const Attack& attack : BentRequests()) {
    HttpRequest request = McpRequest(Revision::k20251125, "/mcp", "initialize", Json::object(), 1, "");
    const std::string straight = Shown(request);
    Bend(attack.id, request, "carol");
    EXPECT_EQ(Shown(request), straight) << attack.id;
  }
}

// What a JSON library would not write is what it is meant to be.
TEST(BentRequests, AreWhatTheirTitlesSay) {
  const auto body = [](const std::string& id) {
    HttpRequest request = Call();
    Bend(id, request, "carol");
    return request.body;
  };
  EXPECT_THAT(body("request-method-twice"), testing::StartsWith(R"({"method":"tools/list",)"));
  EXPECT_THAT(body("request-method-twice"), HasSubstr(R"("method":"tools/call")"));
  EXPECT_THAT(body("request-tool-twice"), HasSubstr(R"("params":{"name":"whoami",)"));
  EXPECT_THAT(body("request-tool-twice"), HasSubstr(R"("name":"get_issue")"));
  EXPECT_THAT(body("request-not-a-number"), HasSubstr(R"("params":{"_nothing":NaN,)"));
  EXPECT_THAT(body("request-params-folded"), HasSubstr("\"param\xC5\xBF\":{"));
  EXPECT_FALSE(ParseJson(body("request-truncated")).ok());
  EXPECT_TRUE(ParseJson(body("request-batch")).value().is_array());
  EXPECT_EQ(ParseJson(body("request-id-fraction")).value()["id"], Json(1.5));
  EXPECT_FALSE(ParseJson(body("request-answer")).value().contains("method"));
}

TEST(BentRequests, NameSomebodyElseInFields) {
  HttpRequest request = Call();
  Bend("request-fields-name-another", request, "carol-1");
  EXPECT_EQ(request.headers.Get("X-Forwarded-User"), "carol-1");
}

}  // namespace
}  // namespace iff
