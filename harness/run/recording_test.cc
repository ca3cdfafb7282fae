#include "harness/run/recording.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"
#include "harness/core/secret.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kNow = 1'800'000'000;

Typing ForAlice() {
  return Typing({{"K3V9X", "alice.tag"},
                 {"k3v9x", "alice.tag"},
                 {"alice-k3v9x", "alice.name"},
                 {"6f1c8a1e-52b0-4f3e-9d55-0a3c1d2e4f60", "alice.id"},
                 {"127.0.0.1:4711", "jira.server"}},
                kNow);
}

TEST(Typing, PutsNamesAndTypesInThePlaceOfWhatIsNewEachTime) {
  const Typing typing = ForAlice();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"K3V9X-1", "{{alice.tag}}-1"},
      {"alice-k3v9x@example.test", "{{alice.name}}@example.test"},
      {"person_6f1c8a1e-52b0-4f3e-9d55-0a3c1d2e4f60", "person_{{alice.id}}"},
      {"http://127.0.0.1:4711/mcp", "http://{{jira.server}}/mcp"},
      {"http://127.0.0.1:4712/mcp", "http://{{address}}/mcp"},
      {"at 2027-01-15T08:00:00.123Z, or 2027-01-15 08:00:00+01:00", "at {{time}}, or {{time}}"},
      {"exp 1800000300 of 1799999999000", "exp {{time}} of {{time}}"},
      {"secret/data/0a1b2c3d-0000-4000-8000-0123456789ab/jira", "secret/data/{{id}}/jira"},
      {"Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", "Bearer {{token}}"},
      {"session 9f86d081884c7d659a2f", "session {{id}}"},
      {"page/aaaaaaaaaaaaaaaaaaaaaaa1", "page/{{id}}"},
      {"revoke database/creds/user/tTkWq2nPzRbLmVxYcDfGhJkL", "revoke database/creds/user/{{id}}"},
      {"role v-jwt-alice-k3v9x-aBcDeFgHJkLmNoPqRsTu-1800000000", "role v-jwt-{{alice.name}}-{{id}}"},
      {"Bearer {{alice.mcp.token#1}}", "Bearer {{alice.mcp.token#1}}"},
  };
  for (const auto& [raw, typed] : cases) {
    EXPECT_EQ(typing.Text(raw), typed);
    EXPECT_EQ(typing.Text(typed), typed) << "typing twice is typing once";
  }
}

TEST(Typing, TakesTheLongestNameThatIsThere) {
  const Typing typing({{"carol1", "carol1.persona"}, {"carol12-x9", "carol12.name"}, {"carol12", "carol12.persona"}},
                      kNow);
  EXPECT_EQ(typing.Text("carol12-x9"), "{{carol12.name}}");
  EXPECT_EQ(typing.Text("carol12-y"), "{{carol12.persona}}-y");
  EXPECT_EQ(typing.Text("carol1-x9 carol13"), "{{carol1.persona}}-x9 {{carol1.persona}}3");
  EXPECT_EQ(typing.Text("caro carol"), "caro carol");
}

TEST(Typing, LeavesWhatIsTheSameEachTime) {
  const Typing typing = ForAlice();
  for (const char* text : {"", "credential_store_unavailable", "2026-07-28", "canary", "HTTP 200", "get_issue", "AL-1",
                           "SELECT note FROM orders WHERE owner = 'x'", "12345", "127.0.0.1", "eyJ is how tokens begin",
                           "x509-certificate-chain", "io.modelcontextprotocol/protocolVersion", "0.1.0", "{{"}) {
    EXPECT_EQ(typing.Text(text), text);
  }
}

// Whatever is random enough to be an id of a session is typed, however it happens to come out.
TEST(Typing, KnowsRandomHexAndUuidsWhateverTheyAre) {
  const Typing typing = ForAlice();
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(typing.Text(RandomUuid()), "{{id}}");
    EXPECT_EQ(typing.Text("/page/" + Hex(RandomBytes(12))), "/page/{{id}}");
    const std::string member = Dump(typing.Value(Json{{"correlation_id", Secret::Random(9).Reveal()}}));
    EXPECT_EQ(member, "{\"correlation_id\":\"{{id}}\"}");
  }
}

TEST(Typing, LooksIntoTextThatIsJson) {
  const Json value = {{"text", "{\"key\":\"K3V9X-1\",\"at\":1800000001}"}, {"list", {1, "K3V9X"}}};
  EXPECT_EQ(ForAlice().Value(Json::array({1800000053.5, 0.5, 1e300})), Json::array({"{{time}}", 0.5, 1e300}));
  EXPECT_EQ(ForAlice().Value(value), (Json{{"text", {{"{{json}}", {{"key", "{{alice.tag}}-1"}, {"at", "{{time}}"}}}}},
                                           {"list", {1, "{{alice.tag}}"}}}));
}

TEST(Typing, TellsTokensByTheirClaimsAndNotByWhenTheyWereMade) {
  const Json token = {
      {"header", {{"alg", "RS256"}}},
      {"claims",
       {{"iat", kNow - 40}, {"exp", kNow + 260}, {"nbf", kNow - 40}, {"aud", "mcp-jira"}, {"jti", "abcdefgh"}}}};
  EXPECT_EQ(
      ForAlice().Token(token)["claims"],
      (Json{
          {"iat", "{{time}}"}, {"exp", "{{time+300s}}"}, {"nbf", "{{time}}"}, {"aud", "mcp-jira"}, {"jti", "{{id}}"}}));
  const Json far = {{"claims", {{"iat", kNow}, {"exp", kNow + int64_t{3650} * 86'400}, {"nbf", 9'999'999'999}}}};
  EXPECT_EQ(ForAlice().Token(far)["claims"], (Json{{"iat", "{{time}}"}, {"exp", "{{time}}"}, {"nbf", 9'999'999'999}}));
  EXPECT_EQ(ForAlice().Value(Json(std::string(200, 'M') + "+/=")), "{{bytes}}");
}

TEST(TypedAnswer, SaysOnceWhatAToolAnswersTwice) {
  const Json structured = {{"key", "K3V9X-1"}};
  Exchange exchange{.status = 200,
                    .response_headers = {{"Content-Type", "application/json"}, {"Date", "Thu"}, {"Retry-After", "7"}}};
  exchange.response_body = Dump(Json{
      {"jsonrpc", "2.0"},
      {"id", 5},
      {"result", {{"structuredContent", structured}, {"content", {{{"type", "text"}, {"text", Dump(structured)}}}}}}});
  EXPECT_EQ(
      TypedAnswer(exchange, ForAlice()),
      (Json{
          {"status", 200},
          {"headers", {{"content-type", "application/json"}, {"retry-after", "{{seconds}}"}}},
          {"body",
           {{"result",
             {{"structuredContent", {{"key", "{{alice.tag}}-1"}}}, {"content", "{{structuredContent as text}}"}}}}}}));
  // The same as events is the same.
  Exchange events = exchange;
  events.response_headers[0].second = "text/event-stream";
  events.response_body = "data: " + exchange.response_body + "\n\n";
  EXPECT_EQ(TypedAnswer(events, ForAlice())["body"], TypedAnswer(exchange, ForAlice())["body"]);
}

TEST(Recorded, HoldsActsWithoutWhatIsNewEachTimeAndComesBackFromAFile) {
  Downstream seen{.observed = {{Place::kLedger, "jira"}, {Place::kAuditLog, "vault"}}};
  seen.events = {{.act = {.source = {Place::kLedger, "jira"}, .persona = "alice", .action = "GET", .object = "/early"},
                  .at_us = 4},
                 {.act = {.source = {Place::kLedger, "jira"},
                          .persona = "alice",
                          .action = "GET",
                          .object = "/issue/K3V9X-1",
                          .status = 200,
                          .discloses = {"K3V9X"}},
                  .account = "K3V9X",
                  .fingerprint = "sha256:1",
                  .at_us = 5,
                  .timed = true},
                 {.act = {.source = {Place::kAuditLog, "vault"},
                          .persona = "alice",
                          .action = "read",
                          .object = "secret/a",
                          .allowed = false},
                  .at_us = 6}};
  seen.not_observable = {{Place::kLedger, "github", "refused at 127.0.0.1:4"}};
  const Json recorded = Recorded(seen, 5, ForAlice());
  EXPECT_EQ(Recorded({.observed = seen.observed}, 0, ForAlice()), Json());

  const std::string path = testing::TempDir() + "recording_test." + Hex(RandomBytes(6)) + ".yaml";
  const Json steps = Json::array({Json{{"step", "alice calls"}, {"downstream", recorded}}});
  std::ofstream(path) << RecordingText({{"recording", 3}, {"id", "a"}, {"seen", steps}});
  const Result<Json> read = ReadRecording(path);
  std::filesystem::remove(path);
  ASSERT_THAT(read, IsOk());
  const Result<RecordedDownstream> back = DownstreamFrom((*read)["seen"][0]);
  ASSERT_THAT(back, IsOk());
  ASSERT_EQ(back->acts.size(), 2U);
  EXPECT_EQ(TextOf(back->acts[0]), "GET /issue/{{alice.tag}}-1 -> 200");
  EXPECT_EQ(back->acts[0].discloses, std::vector<std::string>{"{{alice.tag}}"});
  EXPECT_EQ(TextOf(back->acts[1]), "read secret/a -> denied");
  EXPECT_EQ(back->not_observable, (std::vector<DownstreamSource>{{Place::kLedger, "github"}}));
  EXPECT_EQ(Dump(*read).find("refused"), std::string::npos) << "why is another each time";
}

TEST(ReadRecording, RefusesWhatIsNone) {
  const std::string path = testing::TempDir() + "recording_test." + Hex(RandomBytes(6)) + ".yaml";
  std::ofstream(path) << "id: a scenario\n";
  EXPECT_THAT(ReadRecording(path), FailsWith(ErrorKind::kInvalidInput, HasSubstr("this is no recording")));
  std::ofstream(path) << "recording: 99\nid: a\nseen: []\n";
  EXPECT_THAT(ReadRecording(path), FailsWith(ErrorKind::kInvalidInput, HasSubstr("made by a newer iff")));
  std::ofstream(path) << "recording: 1\nid: a\nseen: []\n";
  EXPECT_THAT(ReadRecording(path), FailsWith(ErrorKind::kInvalidInput, HasSubstr("made by an older iff")));
  std::ofstream(path) << "recording: 3\nid: a\nseen: [{downstream: {acts: [{persona: alice}]}}]\n";
  EXPECT_THAT(ReadRecording(path), FailsWith(ErrorKind::kInvalidInput, HasSubstr("/acts/0/source: is missing")));
  std::ofstream(path) << RecordingText({{"recording", 3}, {"id", "a"}, {"seen", Json::array()}});
  EXPECT_THAT(ReadRecording(path), IsOk());
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace iff
