#include "harness/replay/from_traffic.h"

#include <gmock/gmock.h>

#include "harness/core/result_matchers.h"
#include "harness/run/recording.h"
#include "harness/replay/as_scenario.h"
#include "harness/scenario/load.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

TokenKind TokenOf(const std::string& role) {
  return {.role = role, .scopes = {"jira:read", "jira:write"}, .client = "mcp-client"};
}

Json Answered(const Json& result) { return {{"status", 200}, {"body", {{"result", result}}}}; }

Heard Asked(const std::string& role, const std::string& tool, const Json& arguments) {
  Heard heard{.revision = "2026-07-28",
              .method = "tools/call",
              .params = {{"name", tool}, {"arguments", arguments}},
              .answer = Answered({{"content", Json::array()}})};
  if (!role.empty()) heard.token = TokenOf(role);
  return heard;
}

Json AskedJira(const std::string& path) {
  const Downstream seen{.events = {{.act = {.source = {Place::kLedger, "jira"},
                                            .role = "alice",
                                            .action = "GET",
                                            .object = path,
                                            .status = 200}}}};
  return Recorded(seen, 0, Typing({}, 0));
}

class FromTrafficTest : public testing::Test {
 protected:
  FromTrafficTest() {
    traffic_ = {.target = "jira",
                .upstream = "jira",
                .client = "mcp-client",
                .scopes = {"jira:read", "jira:write"},
                .revision = "2026-07-28",
                .operations = {{"read_own", {{"tool", "get_issue"}, {"arguments", {{"issue_key", "{own.tag}-1"}}}}},
                               {"read_of", {{"tool", "get_issue"}, {"arguments", {{"issue_key", "{of.tag}-1"}}}}},
                               {"whoami", {{"tool", "whoami"}, {"arguments", Json::object()}}}},
                .people = {{"alice", "K3V9X", "11111111-2222-4333-8444-555555555555", "alice-k3v9x"},
                           {"bob", "B7777", "66666666-2222-4333-8444-555555555555", "bob-b7777"},
                           {"carol", "C8888", "77777777-2222-4333-8444-555555555555", "carol-c8888"}},
                .holders = {"alice", "carol"},
                .ledgers = {"jira"}};
  }

  // The scenario's text, once it was read back without a mistake.
  std::string Text() {
    const Result<FromTraffic> made = ScenarioFromTraffic(traffic_, "recorded/session", "as it was");
    EXPECT_THAT(made, IsOk());
    if (!made.ok()) return "";
    notes_ = made->notes;
    const std::string text = ScenarioText(made->scenario, "");
    const Result<std::vector<Scenario>> read = ParseScenario("session.yaml", text, "recorded",
                                                             {.targets = {"jira"},
                                                              .roles = {"alice", "bob", "carol"},
                                                              .components = {"jira", "vault"},
                                                              .operations = {"read_own", "read_of", "whoami"},
                                                              .tools = {"get_issue", "create_issue"}});
    EXPECT_THAT(read, IsOk()) << text;
    if (read.ok()) scenario_ = read->front();
    return text;
  }

  Traffic traffic_;
  Scenario scenario_;
  std::vector<std::string> notes_;
};

TEST_F(FromTrafficTest, SaysWhoAskedForWhatAndWhatCameOfIt) {
  traffic_.heard = {Asked("alice", "get_issue", {{"issue_key", "K3V9X-1"}}),
                    Asked("bob", "get_issue", {{"issue_key", "K3V9X-1"}})};
  traffic_.heard[0].shows = {"alice"};
  traffic_.heard[0].downstream = AskedJira("/rest/api/3/issue/{{alice.tag}}-1");
  traffic_.heard[1].answer =
      Answered({{"isError", true}, {"structuredContent", {{"error", {{"code", "missing_credential"}}}}}});
  const std::string text = Text();
  EXPECT_THAT(notes_, IsEmpty());
  EXPECT_THAT(text, HasSubstr("given: {subjects: [alice, bob]}"));
  EXPECT_THAT(text, HasSubstr("{obtain: alice, for: alice}"));
  EXPECT_THAT(text, HasSubstr("call: read_own"));
  EXPECT_THAT(text, HasSubstr("call: read_of"));
  EXPECT_THAT(text, HasSubstr("of: alice"));
  EXPECT_THAT(text, HasSubstr("{check: recorded-3-own-things, level: must, discloses: alice}"));
  EXPECT_THAT(text, HasSubstr("{check: recorded-4-nothing-of-others, level: must, withholds: others}"));
  EXPECT_THAT(text, HasSubstr("tool: succeeds"));
  EXPECT_THAT(text, HasSubstr("fails: [missing_credential]"));
  EXPECT_THAT(text, HasSubstr("upstream: {calls: 1, component: jira, owner: alice}"));
  EXPECT_THAT(text, HasSubstr("upstream: {calls: 0, component: jira}"));
  EXPECT_EQ(scenario_.steps.size(), 4U);
  for (const Person& person : traffic_.people) {
    EXPECT_THAT(text, Not(HasSubstr(person.tag)));
    EXPECT_THAT(text, Not(HasSubstr(person.id)));
  }
}

TEST_F(FromTrafficTest, PutsRolesInPlaceOfEverythingThatNamesSomebody) {
  traffic_.heard = {Asked("alice", "create_issue",
                          {{"project", "DEMO"},
                           {"for", {"alice-k3v9x", "11111111-2222-4333-8444-555555555555"}},
                           {"about", "see B7777-1 of bob-b7777"}})};
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("about: \"see {of.tag}-1 of {of.name}\""));
  EXPECT_THAT(text, HasSubstr("{own.name}"));
  EXPECT_THAT(text, HasSubstr("{own.id}"));
  EXPECT_THAT(text, HasSubstr("of: bob"));
  EXPECT_THAT(text, HasSubstr("call: create_issue"));
}

TEST_F(FromTrafficTest, LogsInOnceForEachKindOfToken) {
  Heard narrow = Asked("alice", "whoami", Json::object());
  narrow.token->scopes = {"jira:read"};
  Heard other = Asked("alice", "whoami", Json::object());
  other.token->client = "other-client";
  Heard stale = Asked("bob", "whoami", Json::object());
  stale.token->expired_for = 120;
  stale.token->lifetime = 300;
  stale.answer = {{"status", 401}};
  traffic_.heard = {Asked("alice", "whoami", Json::object()), narrow, other, narrow, stale};
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("{obtain: alice, for: alice}"));
  EXPECT_THAT(text, HasSubstr("obtain: alice-2, for: alice, scopes: [\"jira:read\"]"));
  EXPECT_THAT(text, HasSubstr("obtain: alice-3, for: alice, client: other-client"));
  EXPECT_THAT(text, Not(HasSubstr("alice-4")));
  // What was shown after its end is minted so, from one that is good.
  EXPECT_THAT(text, HasSubstr("{obtain: bob, for: bob}"));
  EXPECT_THAT(text, HasSubstr("{mint: bob-expired, from: bob, change: {exp: \"-120s\", iat: \"-420s\"}}"));
  EXPECT_THAT(text, HasSubstr("with: bob-expired"));
  EXPECT_THAT(text, HasSubstr("status: 401"));
}

TEST_F(FromTrafficTest, PlaysNobodyAndOtherWaysOfShowingAToken) {
  Heard nobody = Asked("", "get_issue", {{"issue_key", "K3V9X-1"}});
  nobody.answer = {{"status", 401}};
  Heard query = Asked("alice", "whoami", Json::object());
  query.as = "query";
  query.revision = "2025-06-18";
  Heard listed{.token = TokenOf("alice"),
               .revision = "2026-07-28",
               .method = "tools/list",
               .params = {{"_meta", {{"progressToken", 1}}}},
               .answer = Answered({{"tools", {{{"name", "get_issue"}}}}})};
  traffic_.heard = {nobody, query, listed};
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("call: read_of"));
  EXPECT_THAT(text, HasSubstr("as: query"));
  EXPECT_THAT(text, HasSubstr("revision: \"2025-06-18\""));
  EXPECT_THAT(text, HasSubstr("list: tools/list"));
  EXPECT_TRUE(std::get<CallStep>(scenario_.steps[1].action).sending.with.empty());
}

// Bob was given what is alice's: the scenario must not take that for right.
TEST_F(FromTrafficTest, HoldsNobodyToALeak) {
  traffic_.heard = {Asked("bob", "get_issue", {{"issue_key", "K3V9X-1"}})};
  traffic_.heard[0].shows = {"alice"};
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("withholds: others"));
  EXPECT_THAT(text, Not(HasSubstr("discloses")));
  EXPECT_THAT(text, HasSubstr("subjects: [alice, bob]"));
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("THE ANSWER HELD WHAT IS alice's ALONE")));
}

TEST_F(FromTrafficTest, SaysWhatItLeavesOut) {
  Heard prompt{.token = TokenOf("alice"), .method = "prompts/get", .params = {{"name", "p"}}, .answer = Answered({})};
  Heard forged = Asked("", "whoami", Json::object());
  forged.unplayable = "its token is nobody's on this stage";
  const Heard both = Asked("alice", "get_issue", {{"issue_key", "B7777 C8888"}});
  Heard opening{.token = TokenOf("alice"), .method = "initialize", .params = {{"protocolVersion", "2025-06-18"}}};
  Heard told{.method = "notifications/initialized"};
  traffic_.heard = {opening, told, prompt, forged, both, Asked("alice", "whoami", Json::object())};
  (void)Text();
  EXPECT_THAT(
      notes_,
      ElementsAre("request 3, alice prompts/get: left out, because it has arguments, which only a tool's call can have",
                  "request 4, nobody tools/call: left out, because its token is nobody's on this stage",
                  "request 5, alice tools/call: left out, because it speaks of bob and carol at once"));
  EXPECT_EQ(scenario_.steps.size(), 2U);
  // Somebody else is there, so that nothing of others can be looked for.
  EXPECT_EQ(scenario_.subjects.size(), 2U);
  traffic_.heard = {opening, forged};
  EXPECT_THAT(ScenarioFromTraffic(traffic_, "recorded/x", "x"),
              FailsWith(ErrorKind::kUnavailable, HasSubstr("nobody's on this stage")));
}

TEST_F(FromTrafficTest, CountsNoCallsOfWhatWentOnSideBySide) {
  traffic_.heard = {Asked("alice", "whoami", Json::object()), Asked("bob", "whoami", Json::object())};
  traffic_.heard[1].alone = false;
  traffic_.heard[1].downstream = AskedJira("/x");
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("as-recorded-3-calls-at-jira"));
  EXPECT_THAT(text, Not(HasSubstr("as-recorded-4-calls-at-jira")));
  EXPECT_THAT(text, HasSubstr("as-recorded-4-outcome"));
}

}  // namespace
}  // namespace iff
