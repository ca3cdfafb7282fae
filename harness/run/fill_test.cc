#include "harness/run/fill.h"

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using testing::HasSubstr;

Principal Person(const std::string& persona, Json item) {
  Principal principal{.persona = persona, .tag = "K3V9X", .name = persona + "-k3v9x", .id = "id-of-" + persona};
  principal.items["item"] = std::move(item);
  return principal;
}

TEST(FillAll, PutsInWhatBelongsToTheCallerAndToTheOneAskedAbout) {
  const Principal alice = Person("alice", 7);
  const Principal bob = Person("bob", "b-1");
  const Json arguments = {{"key", "{of.tag}-1 of {of.name} for {own.id}"}, {"list", {"{text}", "{braces}"}}, {"n", 3}};
  EXPECT_EQ(FillAll(arguments, &alice, &bob, "", "hello"),
            Json({{"key", "K3V9X-1 of bob-k3v9x for id-of-alice"}, {"list", {"hello", "{braces}"}}, {"n", 3}}));
}

TEST(FillAll, KeepsANumberANumberWhereNothingStandsBesideIt) {
  const Principal alice = Person("alice", 7);
  const Principal bob = Person("bob", "b-1");
  const Json arguments = {{"a", "{own.item}"}, {"b", "{of.item}"}, {"c", "no. {own.item}"}};
  EXPECT_EQ(FillAll(arguments, &alice, &bob, "", ""), Json({{"a", 7}, {"b", "b-1"}, {"c", "no. 7"}}));
}

TEST(FillAll, TakesTheCallersOwnWhereNobodyElseIsAskedAbout) {
  const Principal alice = Person("alice", 7);
  EXPECT_EQ(FillAll(Json("{of.item}"), &alice, nullptr, "", ""), Json(7));
}

McpAnswer AnswerWith(Json result) {
  McpAnswer answer{{.status = 200}, {}};
  answer.message = {{"jsonrpc", "2.0"}, {"id", 1}, {"result", std::move(result)}};
  return answer;
}

const Operation kCreate = {.tool = "create_item", .captures = {{"item", "/id"}}};

TEST(Given, IsReadFromStructuredContentOrFromTextThatIsJson) {
  const McpAnswer structured = AnswerWith({{"structuredContent", {{"id", 12}}}});
  const McpAnswer text = AnswerWith({{"content", {{{"type", "text"}, {"text", "{\"id\": \"x-1\"}"}}}}});
  EXPECT_EQ(Given(kCreate, structured).value().at("item"), Json(12));
  EXPECT_EQ(Given(kCreate, text).value().at("item"), Json("x-1"));
}

TEST(Given, NamesWhatTheAnswerDoesNotHold) {
  const McpAnswer other = AnswerWith({{"content", {{{"type", "text"}, {"text", "created"}}}}});
  EXPECT_THAT(Given(kCreate, other), FailsWith(ErrorKind::kProtocol, HasSubstr("create_item has nothing at /id")));
  const McpAnswer object = AnswerWith({{"structuredContent", {{"id", {{"a", 1}}}}}});
  EXPECT_THAT(Given(kCreate, object), FailsWith(ErrorKind::kProtocol, HasSubstr("'item'")));
}

TEST(Timed, ReadsSpansFromNowAndLeavesTheRest) {
  EXPECT_EQ(Timed({{"exp", "+60s"}, {"iat", "-5s"}, {"nbf", nullptr}, {"aud", "+s"}, {"sub", "-1xs"}, {"n", 3}}, 1000),
            Json({{"exp", 1060}, {"iat", 995}, {"nbf", nullptr}, {"aud", "+s"}, {"sub", "-1xs"}, {"n", 3}}));
}

}  // namespace
}  // namespace iff
