#include "harness/replay/compare.h"

#include <gmock/gmock.h>

#include <functional>

#include "harness/core/bytes.h"
#include "harness/core/yaml.h"
#include "harness/core/yaml_text.h"
#include "harness/run/recording.h"
#include "harness/run/run_testing.h"

namespace iff {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> Texts(const std::vector<Departure>& differences) {
  std::vector<std::string> texts;
  for (const Departure& difference : differences) texts.push_back(difference.text());
  return texts;
}

Json BodyOf(const HttpResponse& answer) { return ParseJson(answer.body).value_or(nullptr); }

// A server as servers are: what it says holds new ids, times, cursors and sessions each time.
void Dress(const std::string& method, HttpResponse& answer, int64_t now) {
  Json body = BodyOf(answer);
  if (!body.is_object()) return;
  answer.headers.Set("Mcp-Session-Id", Hex(RandomBytes(16)));
  if (method == "tools/list") {
    body["result"] = {
        {"tools", {{{"name", "get_issue"}, {"inputSchema", {{"required", {"key"}}}}}, {{"name", "whoami"}}}}};
  } else if (body["result"].contains("isError")) {
    body["result"]["structuredContent"]["error"]["correlation"] = Secret::Random(9).Reveal();
  } else {
    body["result"]["structuredContent"] = {
        {"id", RandomUuid()},
        {"at", Rfc3339(WallTime(std::chrono::seconds(now)))},
        {"expires", now + 60},
        {"request_id", Secret::Random(9).Reveal()},
        {"next",
         {{"url", "http://127.0.0.1:" + std::to_string(20'000 + now % 9'000) + "/page/" + Hex(RandomBytes(12))}}},
        {"count", 3},
        {"labels", {"one", "two"}},
        {"raw", Dump(Json{{"state", "open"}, {"trace", RandomUuid()}})}};
  }
  answer.body = Dump(body);
}

using Alter = std::function<void(FakeWorld&, const std::string& persona, const std::string& method, HttpResponse&)>;

class ReplayOfARun : public testing::Test {
 protected:
  ReplayOfARun() {
    const auto call = [](const std::string& with, const std::string& of, std::vector<Expectation> expect) {
      Step step = CallOwn(with, std::move(expect));
      std::get<CallStep>(step.action).of = of;
      return step;
    };
    scenario_ =
        ScenarioOf("suite/story@tracker",
                   {Obtain("alice"),
                    Obtain("bob"),
                    call("alice", "",
                         {Expect("hers", Discloses{{"alice"}}),
                          Expect("asked-once", UpstreamSaw{.component = "jira", .calls = 1, .owner = "alice"})}),
                    call("bob", "alice", {Expect("not-alices", Withholds{{"alice"}})}),
                    call("", "alice", {Expect("nobody-is-refused", HttpStatusIs{{401}})}),
                    {.action = ListStep{.sending = {.with = "alice"}, .method = "tools/list"}},
                    {.action = CallStep{.sending = {.with = "alice", .times = 3}, .operation = "read_own"}}});
    scenario_.principals = {Given("alice"), Given("bob")};
  }

  // Plays the scenario, with `alter` changing what the server does.
  Json Play(const Alter& alter = {}) {
    const int64_t now = rig_.clock.NowSeconds();
    {
      const std::lock_guard lock(rig_.world.mutex);
      rig_.world.alter = [this, alter, now](const std::string& persona, const std::string& method,
                                            HttpResponse& answer) {
        Dress(method, answer, now);
        if (alter) alter(rig_.world, persona, method, answer);
      };
    }
    // Read back from the file, as a replay does.
    const std::string text = RecordingText(rig_.RunOne(scenario_).recording);
    return YamlFile::Parse("recording", text).value().value();
  }

  RunRig rig_;
  Scenario scenario_;
};

// Changes the structured content of what alice is told.
Alter Told(const std::function<void(Json&)>& change) {
  return [change](FakeWorld&, const std::string& persona, const std::string& method, HttpResponse& answer) {
    if (persona != "alice" || method != "tools/call") return;
    Json body = BodyOf(answer);
    change(body["result"]["structuredContent"]);
    answer.body = Dump(body);
  };
}

Alter Listed(const std::function<void(Json&)>& change) {
  return [change](FakeWorld&, const std::string&, const std::string& method, HttpResponse& answer) {
    if (method != "tools/list") return;
    Json body = BodyOf(answer);
    change(body["result"]["tools"]);
    answer.body = Dump(body);
  };
}

Alter For(const std::string& who, const std::function<void(FakeWorld&, HttpResponse&)>& change) {
  return [who, change](FakeWorld& world, const std::string& persona, const std::string& method, HttpResponse& answer) {
    if (persona == who && method == "tools/call") change(world, answer);
  };
}

struct Planted {
  std::string name;
  Alter alter;
  std::string line;  // part of the one line
};

std::vector<Planted> AllPlanted() {
  return {
      {"a refusal of who was served", For("alice", [](FakeWorld&, HttpResponse& answer) { answer = {.status = 401}; }),
       "HTTP 401 instead of HTTP 200 with a result"},
      {"another status of a refusal", For("", [](FakeWorld&, HttpResponse& answer) { answer.status = 403; }),
       "HTTP 403 instead of HTTP 401"},
      {"another code of a tool error",
       For("bob",
           [](FakeWorld&, HttpResponse& answer) {
             Json body = BodyOf(answer);
             body["result"]["structuredContent"]["error"]["code"] = "forbidden";
             answer.body = Dump(body);
           }),
       "tool error forbidden instead of HTTP 200 with a tool error not_found"},
      {"a protocol error in place of a tool error",
       For("bob",
           [](FakeWorld&, HttpResponse& answer) {
             Json body = BodyOf(answer);
             body.erase("result");
             body["error"] = {{"code", -32603}, {"message", "broken"}};
             answer.body = Dump(body);
           }),
       "JSON-RPC error -32603 instead of"},
      {"a tool error that is none",
       For("bob",
           [](FakeWorld& world, HttpResponse& answer) {
             Json body = BodyOf(answer);
             body["result"] = {
                 {"content", {{{"type", "text"}, {"text", world.principals[0].accounts.at("jira").canary}}}}};
             answer.body = Dump(body);
           }),
       "HTTP 200 with a result instead of"},
      {"a body that is no JSON",
       For("alice",
           [](FakeWorld&, HttpResponse& answer) {
             answer.headers.Set("Content-Type", "text/html");
             answer.body = "<html>";
           }),
       "HTTP 200 instead of HTTP 200 with a result"},
      {"a member that is gone", Told([](Json& told) { told.erase("count"); }), "count is gone (it was 3)"},
      {"a member that is new", Told([](Json& told) { told["secret_note"] = "x"; }), "secret_note is new: \"x\""},
      {"another number", Told([](Json& told) { told["count"] = 4; }), "count is 4, was 3"},
      {"another type", Told([](Json& told) { told["count"] = "3"; }), "count is \"3\", was 3"},
      {"an id that is none", Told([](Json& told) { told["id"] = "42"; }), "id is \"42\", was \"{{id}}\""},
      {"a time that is none", Told([](Json& told) { told["at"] = "yesterday"; }), "was \"{{time}}\""},
      {"an expiry for ever", Told([](Json& told) { told["expires"] = 0; }), "expires is 0, was \"{{time}}\""},
      {"a list that is shorter", Told([](Json& told) { told["labels"].erase(0); }), "labels has 1 instead of 2"},
      {"a list in another order", Told([](Json& told) { told["labels"] = {"two", "one"}; }),
       "labels is in another order"},
      {"a change within a text that is JSON",
       Told([](Json& told) { told["raw"] = Dump(Json{{"state", "closed"}, {"trace", RandomUuid()}}); }),
       "state is \"closed\", was \"open\""},
      {"a path below an address", Told([](Json& told) { told["next"]["url"] = "http://127.0.0.1:1234/admin"; }),
       "/admin"},
      {"a challenge that is gone",
       For("", [](FakeWorld&, HttpResponse& answer) { answer.headers.Remove("WWW-Authenticate"); }),
       "www-authenticate is gone"},
      {"another challenge",
       For("", [](FakeWorld&, HttpResponse& answer) { answer.headers.Set("WWW-Authenticate", "Bearer"); }),
       "www-authenticate is \"Bearer\", was"},
      {"a header field that is new",
       For("bob", [](FakeWorld&, HttpResponse& answer) { answer.headers.Set("X-Powered-By", "us"); }),
       "x-powered-by is new"},
      {"a tool more", Listed([](Json& tools) { tools.push_back({{"name", "drop_all"}}); }), "tools has 3 instead of 2"},
      {"another schema of a tool", Listed([](Json& tools) { tools[0]["inputSchema"]["required"] = Json::array(); }),
       "required"},
      {"an upstream that is asked twice",
       For("bob", [](FakeWorld& world, HttpResponse&) { world.calls.push_back(world.calls.back()); }),
       "jira ledger saw more: alice GET /issue -> 200"},
      {"an upstream that is not asked", For("bob", [](FakeWorld& world, HttpResponse&) { world.calls.pop_back(); }),
       "jira ledger saw less: alice GET /issue -> 200 is missing"},
      {"somebody else's credential",
       For("bob",
           [](FakeWorld& world, HttpResponse&) {
             world.calls.back().owner = world.principals[world.principals.size() - 1].accounts.at("jira").login;
           }),
       "jira ledger saw bob GET /issue -> 200 instead of alice GET /issue -> 200"},
      {"a denial that is audited",
       For("bob", [](FakeWorld& world, HttpResponse&) { world.audited.back().allowed = false; }),
       "vault audit saw more: alice read secret/jira -> denied"},
      {"somebody else's canary beside one's own",
       For("bob",
           [](FakeWorld& world, HttpResponse& answer) {
             Json body = BodyOf(answer);
             body["result"]["structuredContent"]["error"]["hint"] = world.principals.front().accounts.at("jira").canary;
             answer.body = Dump(body);
           }),
       "hint is new"},
  };
}

TEST_F(ReplayOfARun, IsUnchangedWhereOnlyIdsTimesAndTokensAre) {
  const Json then = Play();
  EXPECT_EQ(AtOr<std::string>(then, "/verdict", ""), "passed") << Dump(then);
  for (int i = 0; i < 10; ++i) {
    const Replayed replayed = Compare(then, Play());
    EXPECT_THAT(Texts(replayed.differences), IsEmpty());
    EXPECT_EQ(replayed.outcome, Outcome::kUnchanged);
  }
}

TEST_F(ReplayOfARun, SaysEachPlantedChangeInOneLine) {
  const Json then = Play();
  const std::vector<Planted> all = AllPlanted();
  EXPECT_GE(all.size(), 20U);
  for (const Planted& planted : all) {
    const Replayed replayed = Compare(then, Play(planted.alter));
    EXPECT_THAT(Texts(replayed.differences), ElementsAre(HasSubstr(planted.line))) << planted.name;
    EXPECT_EQ(replayed.outcome, Outcome::kChanged) << planted.name;
  }
}

TEST_F(ReplayOfARun, SaysTwoChangesInTwoLines) {
  const Json then = Play();
  const Replayed replayed = Compare(then, Play(Told([](Json& told) {
                                      told["count"] = 4;
                                      told.erase("raw");
                                    })));
  EXPECT_THAT(Texts(replayed.differences), ElementsAre(HasSubstr("count is 4"), HasSubstr("raw is gone")));
}

TEST_F(ReplayOfARun, NoticesALimitThatCameEarlier) {
  const Json then = Play();
  rig_.world.limit = 5;
  EXPECT_THAT(Texts(Compare(then, Play()).differences),
              ElementsAre(HasSubstr("step 7, alice calls get_issue, 3 times: 2 x HTTP 200 with a result, then HTTP 429 "
                                    "instead of 3 x HTTP 200 with a result")));
}

// Nothing seen and nothing to be seen are two things: a log that could not be read is named, not taken for an empty
// one.
TEST_F(ReplayOfARun, SaysThatDownstreamCouldNotBeRead) {
  const Json then = Play();
  rig_.world.ledger_problem = "connection reset";
  const Json now = Play();
  EXPECT_THAT(RecordingText(now), HasSubstr("not_observable"));
  EXPECT_THAT(RecordingText(now), Not(HasSubstr("connection reset by")));
  EXPECT_THAT(Texts(Compare(then, now).differences),
              Contains(HasSubstr("jira ledger saw could not be read instead of")));
  EXPECT_EQ(Compare(then, now).outcome, Outcome::kNotReproducible);
  // No check asked for it, so all of them passed; the server has not changed by that.
  rig_.world.ledger_problem.clear();
  Json passed = Play();
  passed["seen"][2]["downstream"] =
      Recorded({.not_observable = {{Place::kAuditLog, "vault", "reset"}}}, 0, Typing({}, 0));
  const Replayed blind = Compare(then, passed);
  EXPECT_EQ(blind.outcome, Outcome::kNotReproducible);
  EXPECT_THAT(blind.why, HasSubstr("could not be read now"));
}

TEST_F(ReplayOfARun, NoticesThatTokensLiveLonger) {
  const Json then = Play();
  rig_.world.lifetime = 3600;
  EXPECT_THAT(Texts(Compare(then, Play()).differences),
              ElementsAre(HasSubstr("the token's claims/exp is \"{{time+3600s}}\", was \"{{time+300s}}\"")));
}

// As between two versions of one issuer.
TEST_F(ReplayOfARun, DoesNotMindInWhichOrderScopesStand) {
  Json then = Play();
  Json now = then;
  const auto scope = [](Json& recording) -> Json& {
    for (Json& step : recording["seen"]) {
      if (step.contains("tokens") && !step["tokens"].empty()) return step["tokens"].begin().value()["claims"]["scope"];
    }
    ADD_FAILURE() << "no token in the recording";
    return recording["none"];
  };
  scope(then) = "things:write things:read";
  scope(now) = "things:read things:write";
  EXPECT_THAT(Texts(Compare(then, now).differences), IsEmpty());
  scope(now) = "things:read";
  EXPECT_THAT(Texts(Compare(then, now).differences),
              ElementsAre(HasSubstr("claims/scope is \"things:read\", was \"things:write things:read\"")));
}

TEST_F(ReplayOfARun, IsTheSameAMonthLater) {
  const Json then = Play();
  rig_.clock.Advance(std::chrono::hours(31 * 24));
  rig_.world.issued_at += 31 * 24 * 3600;
  const Replayed replayed = Compare(then, Play());
  EXPECT_THAT(Texts(replayed.differences), IsEmpty());
  EXPECT_EQ(replayed.outcome, Outcome::kUnchanged);
}

TEST_F(ReplayOfARun, HoldsNoSecretAndNothingOfThatOneRun) {
  const std::string text = RecordingText(rig_.RunOne(scenario_).recording);
  EXPECT_TRUE(rig_.redactor.Scan(text).empty());
  for (const Principal& principal : rig_.world.principals) {
    EXPECT_THAT(text, Not(HasSubstr(principal.tag)));
    EXPECT_THAT(text, Not(HasSubstr(principal.id)));
    EXPECT_THAT(text, Not(HasSubstr(principal.name)));
  }
  EXPECT_THAT(text, Not(HasSubstr("127.0.0.1:")));
  EXPECT_THAT(text, Not(HasSubstr("1800000")));
  EXPECT_THAT(text, HasSubstr("{{alice.jira.canary}}"));
}

TEST_F(ReplayOfARun, TellsWhatWasMendedFromWhatOnlyPassesAgain) {
  const Alter broken = For("bob", [](FakeWorld& world, HttpResponse& answer) {
    answer.body = Dump(
        Json{{"jsonrpc", "2.0"}, {"id", BodyOf(answer)["id"]}, {"result", {{"text", world.principals.back().tag}}}});
    for (const Principal& principal : world.principals)
      answer.body += principal.persona == "alice" ? principal.accounts.at("jira").canary : "";
  });
  Json failed = Play(broken);
  ASSERT_EQ(AtOr<std::string>(failed, "/verdict", ""), "failed");
  EXPECT_EQ(Compare(failed, Play(broken)).outcome, Outcome::kStillFailing);
  Json passed = Play();
  EXPECT_EQ(Compare(failed, passed).outcome, Outcome::kFixed);
  failed["server"] = "a1b2";
  passed["server"] = "c3d4";
  EXPECT_EQ(Compare(failed, passed).outcome, Outcome::kFixed);
  passed["server"] = "a1b2";
  EXPECT_EQ(Compare(failed, passed).outcome, Outcome::kNotReproducible);
}

TEST_F(ReplayOfARun, IsNotReproducibleWhereNothingCouldBeJudged) {
  const Json then = Play();
  rig_.world.locked_out = {"bob"};
  const Replayed replayed = Compare(then, Play());
  EXPECT_EQ(replayed.outcome, Outcome::kNotReproducible);
  EXPECT_THAT(replayed.why, HasSubstr("bob logs in: log bob in: the account is locked"));
}

TEST_F(ReplayOfARun, TakesAsVolatileWhatTwoRecordingsShowToBe) {
  int number = 0;
  const Alter counting = Told([&](Json& told) { told["count"] = ++number; });
  Json then = Play(counting);
  const VolatileFields fields = ProposeVolatile(then, Play(counting));
  EXPECT_EQ(fields.unusable, "");
  ASSERT_FALSE(fields.pointers.empty());
  EXPECT_THAT(fields.pointers[0], HasSubstr("structuredContent/count"));
  then["volatile"] = fields.pointers;
  EXPECT_THAT(Texts(Compare(then, Play(counting)).differences), IsEmpty());
  // Another value of the same type, that is; anything else is still a change.
  EXPECT_THAT(Texts(Compare(then, Play(Told([](Json& told) { told["count"] = "many"; }))).differences), Not(IsEmpty()));
  // A behaviour that comes and goes is no field.
  EXPECT_THAT(ProposeVolatile(then, Play(Told([](Json& told) { told.erase("labels"); }))).unusable,
              HasSubstr("labels"));
}

}  // namespace
}  // namespace iff
