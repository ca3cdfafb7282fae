#include "harness/cli/recorder.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"
#include "harness/replay/as_scenario.h"
#include "harness/run/run_testing.h"
#include "harness/scenario/load.h"

namespace iff {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A stage of fakes with a recorder in front of its server, and a client that has the people's tokens.
class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    rig_.clock.Advance(std::chrono::seconds(rig_.world.issued_at - rig_.clock.NowSeconds()));
    Scenario scenario{.id = "record", .suite = "record", .target = "tracker"};
    scenario.subjects = {Given("alice"), Given("bob")};
    stage_ = Stage::Set(rig_.ground(), scenario, {}).value();
    for (const char* role : {"alice", "bob"}) EXPECT_THAT(stage_->Obtain(role, role, {}, ""), IsOk());
    recorder_ = Recorder::Open(*stage_, {.server = stage_->target_endpoint(),
                                         .say =
                                             [this](const std::string& line) {
                                               const std::lock_guard lock(mutex_);
                                               said_.push_back(line);
                                             }})
                    .value();
  }

  std::string TokenOf(const std::string& role) const { return stage_->FindCredential(role)->value.Reveal(); }
  std::string TagOf(const std::string& role) const { return stage_->FindSubject(role)->tag; }

  // One call by a client of its own; the answer's body.
  std::string Call(const std::string& authorization, const Json& arguments, Revision revision = Revision::k20260728,
                   const std::string& query = "") {
    HttpClient client(recorder_->endpoint());
    HttpRequest request =
        McpRequest(revision, "/mcp" + query, "tools/call", {{"name", "get_issue"}, {"arguments", arguments}}, 7);
    if (!authorization.empty()) request.headers.Add("Authorization", authorization);
    const Result<HttpResponse> answer = client.Send(request, Deadline::In(5s));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->body : "";
  }
  std::string Own(const std::string& role) { return Call("Bearer " + TokenOf(role), {{"key", TagOf(role)}}); }

  // What was heard, as a scenario that was read back.
  std::string Text() {
    const Result<FromTraffic> made = ScenarioFromTraffic(recorder_->Finish(), "recorded/session", "as it was");
    EXPECT_THAT(made, IsOk());
    if (!made.ok()) return "";
    notes_ = made->notes;
    const std::string text = ScenarioText(made->scenario, "");
    const Result<std::vector<Scenario>> read = ParseScenario("session.yaml", text, "recorded",
                                                             {.targets = {"tracker"},
                                                              .roles = {"alice", "bob"},
                                                              .components = {"jira", "vault"},
                                                              .operations = {"read_own"},
                                                              .tools = {"get_issue"}});
    EXPECT_THAT(read, IsOk()) << text;
    if (read.ok()) scenario_ = read->front();
    return text;
  }

  RunRig rig_;
  std::unique_ptr<Stage> stage_;
  std::unique_ptr<Recorder> recorder_;
  std::mutex mutex_;
  std::vector<std::string> said_;
  Scenario scenario_;
  std::vector<std::string> notes_;
};

TEST_F(RecorderTest, WritesWhatAClientDidAsAScenarioThatPlays) {
  EXPECT_THAT(Own("alice"), HasSubstr("canary-alice"));
  EXPECT_THAT(Call("Bearer " + TokenOf("bob"), {{"key", TagOf("alice")}}), HasSubstr("not_found"));
  (void)Call("", {{"key", TagOf("alice")}});
  const std::string text = Text();
  EXPECT_THAT(notes_, IsEmpty());
  EXPECT_THAT(text, HasSubstr("call: read_own"));
  EXPECT_THAT(text, HasSubstr("of: alice"));
  EXPECT_THAT(text, HasSubstr("discloses: alice"));
  EXPECT_THAT(text, HasSubstr("fails: [not_found]"));
  EXPECT_THAT(text, HasSubstr("status: 401"));
  EXPECT_THAT(text, HasSubstr("upstream: {calls: 1, component: jira, owner: alice}"));
  EXPECT_THAT(said_, ElementsAre("alice  tools/call get_issue  HTTP 200",
                                 "bob  tools/call get_issue  HTTP 200, the tool says no: not_found",
                                 "somebody  tools/call get_issue  HTTP 401"));

  // It passes on new people, and notices a server that behaves otherwise.
  EXPECT_EQ(rig_.RunOne(scenario_).verdict(), Verdict::kPassed);
  rig_.world.discloses_all = true;
  EXPECT_EQ(CheckIn(rig_.RunOne(scenario_), "recorded-4-nothing-of-others").verdict, Verdict::kFailed);
}

TEST_F(RecorderTest, StoresNoTokenAndNoName) {
  const std::string foreign =
      "eyJhbGciOiJIUzI1NiJ9." + Base64Url(R"({"sub": "somebody"})") + "." + Base64Url(RandomBytes(32));
  (void)Own("alice");
  (void)Call("Bearer " + foreign, {{"key", "the token " + TokenOf("bob")}});
  (void)Call("Basic " + Base64("alice:open sesame, now"), Json::object());
  std::string text = Text();
  for (const std::string& line : said_) text += line + "\n";
  for (const std::string& line : notes_) text += line + "\n";
  EXPECT_TRUE(rig_.redactor.Scan(text).empty());
  for (const std::string& secret : {TokenOf("alice"), TokenOf("bob"), foreign, foreign.substr(foreign.rfind('.') + 1),
                                    std::string("eyJ"), TagOf("alice"), Base64("alice:open sesame, now")}) {
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  }
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("its token is nobody's on this stage"),
                                  HasSubstr("its Authorization is no Bearer token")));
}

TEST_F(RecorderTest, BelievesNoTokenThatTheIssuerDidNotSign) {
  const std::string token = TokenOf("alice");
  const std::string forged = token.substr(0, token.rfind('.') + 1) + Base64Url(RandomBytes(64));
  rig_.world.takes_forged = true;
  (void)Call("Bearer " + forged, {{"key", TagOf("alice")}});
  (void)Own("bob");
  (void)Text();
  EXPECT_THAT(notes_, Contains(HasSubstr("its token says alice and was not signed by the issuer")));
}

TEST_F(RecorderTest, TellsHowATokenWasShownAndThatItHadEnded) {
  (void)Call("bearer " + TokenOf("alice"), {{"key", TagOf("alice")}});
  (void)Call("", {{"key", TagOf("alice")}}, Revision::k20250618, "?access_token=" + TokenOf("alice"));
  rig_.clock.Advance(std::chrono::seconds(rig_.world.lifetime + 60));
  (void)Own("bob");
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("as: lower_case_scheme"));
  EXPECT_THAT(text, HasSubstr("as: query"));
  EXPECT_THAT(text, HasSubstr("revision: \"2025-06-18\""));
  EXPECT_THAT(text, HasSubstr("{mint: bob-expired, from: bob, change: {exp: \"-60s\", iat: \"-360s\"}}"));
}

TEST_F(RecorderTest, TakesALeakForALeak) {
  rig_.world.discloses_all = true;
  EXPECT_THAT(Call("Bearer " + TokenOf("bob"), {{"key", TagOf("alice")}}), HasSubstr("canary-alice"));
  (void)Text();
  EXPECT_THAT(notes_, Contains(HasSubstr("THE ANSWER HELD WHAT IS alice's ALONE")));
  EXPECT_EQ(rig_.RunOne(scenario_).verdict(), Verdict::kFailed);
}

TEST(ReadListen, TakesAnAddressOfThisMachine) {
  for (const char* text : {"127.0.0.1:8808", "localhost:8808", ":8808", "8808"}) {
    EXPECT_EQ(ReadListen(text).value(), (Endpoint{.host = "127.0.0.1", .port = 8808})) << text;
  }
  EXPECT_THAT(ReadListen("0.0.0.0:8808"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("it listens on this machine alone: want 127.0.0.1:PORT")));
  for (const char* text : {"", "here", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:-1"}) {
    EXPECT_THAT(ReadListen(text), FailsWith(ErrorKind::kInvalidInput, HasSubstr("want ADDRESS:PORT"))) << text;
  }
}

TEST(ReadTarget, KnowsATargetByItsNameAndAnAddressByWhatItIsLike) {
  System system;
  system.targets["jira"] = {.name = "jira", .command = {"iff-mcp-jira"}, .path = "/mcp"};
  system.targets["remote"] = {.name = "remote", .url = "http://127.0.0.1:81/mcp"};
  EXPECT_EQ(ReadTarget(system, "jira", "").value().target, "jira");
  const RecordedTarget mine = ReadTarget(system, "http://127.0.0.1:82/here", "jira").value();
  EXPECT_EQ(mine.target, "jira");
  EXPECT_EQ(mine.system.targets.at("jira").url, "http://127.0.0.1:82/here");
  EXPECT_EQ(mine.system.targets.at("jira").path, "/here");
  EXPECT_TRUE(mine.system.targets.at("jira").command.empty());
  EXPECT_EQ(ReadTarget(system, "http://127.0.0.1:81/mcp", "").value().target, "remote");
  EXPECT_THAT(ReadTarget(system, "jria", ""), FailsWith(ErrorKind::kInvalidInput, HasSubstr("did you mean 'jira'")));
  EXPECT_THAT(ReadTarget(system, "jira", "remote"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("only where --target is an address")));
  EXPECT_THAT(ReadTarget(system, "http://127.0.0.1:82/", ""),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("add --like NAME")));
}

}  // namespace
}  // namespace iff
