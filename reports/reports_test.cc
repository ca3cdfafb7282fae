// What is written for machines and terminals is compared whole with approved files; UPDATE_GOLDEN=1
// rewrites them, and the change is looked at in review.
#include <gtest/gtest.h>

#include <sstream>

#include "harness/core/plain.h"
#include "harness/core/result_matchers.h"
#include "reports/approved.h"
#include "reports/findings.h"
#include "reports/junit.h"
#include "reports/sample.h"
#include "reports/summary.h"
#include "reports/wording.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string JunitOf(const RunResult& run) {
  std::ostringstream out;
  WriteJunit(run, out);
  return out.str();
}

std::string SummaryOf(const RunResult& run, const SummaryOptions& options = {}) {
  std::ostringstream out;
  WriteSummary(run, options, out);
  return out.str();
}

TEST(WriteJunit, SeparatesFailuresFromErrorsAndTellsWhatIsSkipped) {
  EXPECT_THAT(JunitOf(OneOfEach()), MatchesApproved("one-of-each.junit.xml"));
}

TEST(WriteJunit, WritesAGreenRun) { EXPECT_THAT(JunitOf(AllGreen()), MatchesApproved("all-green.junit.xml")); }

TEST(WriteJunit, StaysWellFormedWhateverTextsHold) {
  const std::string xml = JunitOf(Hostile());
  EXPECT_THAT(xml, MatchesApproved("hostile.junit.xml"));
  EXPECT_THAT(xml, Not(HasSubstr("<script>")));
  EXPECT_THAT(xml, Not(HasSubstr("\x01")));
  EXPECT_THAT(xml, Not(HasSubstr("\xFF")));
}

TEST(WriteSummary, SaysWhatFailedInOneSentenceEach) {
  EXPECT_THAT(
      SummaryOf(OneOfEach(), {.report = "reports/out/20261121-133700-k3v9/report.html", .run = "20261121-133700-k3v9"}),
      MatchesApproved("one-of-each.txt"));
}

TEST(WriteSummary, LetsATerminalObeyNothing) {
  const std::string text = SummaryOf(Hostile(), {.verbose = true, .report = "report.html", .run = "last"});
  EXPECT_THAT(text, HasSubstr("alert(1)"));
  EXPECT_EQ(text, Plain(text, true));
  const std::string painted = SummaryOf(Hostile(), {.colour = true, .verbose = true, .run = "last"});
  EXPECT_EQ(painted, PlainButColours(painted));
}

TEST(CommandOn, IsOneLineThatAShellObeysNothingOf) {
  EXPECT_EQ(CommandOn("", "run", "isolation/matrix@jira"), "./iff run isolation/matrix@jira");
  EXPECT_EQ(CommandOn("", "run", "x; touch /tmp/owned"), "./iff run 'x; touch /tmp/owned'");
  EXPECT_EQ(CommandOn("", "replay", "--in=docker"), "./iff replay -- --in=docker");
  EXPECT_EQ(CommandOn("../my iff/iff", "run", "a/b"), "'../my iff/iff' run a/b");
  RunResult run = OneOfEach();
  for (ScenarioResult& scenario : run.scenarios) scenario.id = "a'$(touch /tmp/owned)";
  const std::string quoted = "'a'\\''$(touch /tmp/owned)'";
  EXPECT_THAT(SummaryOf(run, {.run = "last"}),
              AllOf(HasSubstr("./iff run " + quoted), HasSubstr("./iff replay 'last/a'\\''$(touch /tmp/owned)'")));
}

// At the width of a terminal, with all that was seen by a run with failures of every kind.
TEST(WriteSummary, SetsTheTwoEndsSideBySide) {
  const std::string text = SummaryOf(EveryKind(), {.verbose = true, .width = 100, .run = "last"});
  EXPECT_THAT(text, MatchesApproved("every-kind.txt"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" | ") == std::string::npos) continue;
    // The bar stands below the bar, whatever stands beside it.
    EXPECT_EQ(line.find(" | "), size_t{6 + 45}) << line;
    EXPECT_LE(line.size(), 100U) << line;
  }
}

TEST(WriteSummary, SaysThatEverythingIsAsExpected) {
  EXPECT_THAT(SummaryOf(AllGreen(), {.report = "report.html"}), MatchesApproved("all-green.txt"));
}

TEST(WriteSummary, NamesWhatIsDeclaredAndNobodyLookedAt) {
  RunResult run = AllGreen();
  EXPECT_THAT(SummaryOf(run), Not(HasSubstr("not looked at")));
  run.scenarios.front().target = "jira";
  run.scenarios.front().not_looked_at = {"tasks", "exten\x1b[2Jsions"};
  EXPECT_THAT(SummaryOf(run), AllOf(HasSubstr("unseen  declared and not looked at: "), HasSubstr("tasks (jira)"),
                                    Not(HasSubstr("\x1b[2J"))));
  const Result<RunResult> stored = RunFromJson(ToJson(run));
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->scenarios.front().not_looked_at, run.scenarios.front().not_looked_at);
}

TEST(WriteSummary, LosesNothingWithoutColour) {
  std::string coloured = SummaryOf(OneOfEach(), {.colour = true});
  EXPECT_THAT(coloured, HasSubstr("\033[31mFAIL\033[0m"));
  for (size_t at = coloured.find('\033'); at != std::string::npos; at = coloured.find('\033', at)) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  EXPECT_EQ(coloured, SummaryOf(OneOfEach()));
}

TEST(WriteSummary, KeepsToItsLastLineWhenQuiet) {
  const std::string whole = SummaryOf(OneOfEach());
  const std::string quiet = SummaryOf(OneOfEach(), {.quiet = true});
  EXPECT_TRUE(whole.ends_with("\n" + quiet));
  EXPECT_EQ(quiet.find('\n'), quiet.size() - 1);
}

TEST(WriteSummary, LetsNoTextCommandTheTerminal) {
  RunResult run = Hostile();
  run.scenarios[0].steps[1].checks[0].reason = "\033]0;owned\007";
  EXPECT_THAT(SummaryOf(run), Not(::testing::AnyOf(HasSubstr("\033"), HasSubstr("\007"))));
}

TEST(WriteSummary, TellsTheFirstFewOfManyFailures) {
  RunResult run = OneOfEach();
  run.scenarios[1].steps[1].checks.resize(1);
  for (int i = 0; i < 40; ++i) run.scenarios.push_back(run.scenarios[1]);
  const std::string text = SummaryOf(run);
  EXPECT_THAT(text, HasSubstr("and 21 more that failed and that no cause explains, in the report"));
  EXPECT_THAT(text, HasSubstr("41 failed"));
}

TEST(ProgressLine, SaysVerdictScenarioAndTime) {
  const RunResult run = OneOfEach();
  EXPECT_EQ(ProgressLine(run.scenarios[0], 1, 12, false), "PASS  isolation/matrix@jira  412 ms  (1 of 12)");
  EXPECT_EQ(ProgressLine(run.scenarios[1], 2, 12, false), "FAIL  lifetime/expired-token@jira  231 ms  (2 of 12)");
  EXPECT_EQ(ProgressLine(run.scenarios[2], 3, 12, false), "ERROR faults/vault-gone@jira  5.0 s  (3 of 12)");
  EXPECT_EQ(ProgressLine(run.scenarios[4], 5, 12, true),
            "\033[2mN/A  \033[0m protocol/sessions@github  0.0 ms  (5 of 12)");
}

TEST(Headline, NamesWhoWasKeptApartOnlyIfTheMatrixShowsIt) {
  RunResult run = AllGreen();
  EXPECT_EQ(Headline(run), "Everything as expected: 4 checks on 2 servers, alice and bob kept apart");
  run.scenarios[0].matrix[1].verdict = Verdict::kErrored;
  EXPECT_EQ(Headline(run), "Everything as expected: 4 checks on 2 servers");
}

TEST(Headline, NamesTheHeaviestCausesAndSaysNothingTwice) {
  const auto failed = [](std::string id) {
    return Check{.id = std::move(id), .verdict = Verdict::kFailed, .reason = "it was taken", .tells = true};
  };
  const auto claim = [](std::string name, std::string check) {
    return HeldClaim{
        .claim = {.name = name, .refuted = "breaks " + name, .served = true, .shown_by = {{"s/x:" + check}}}};
  };
  RunResult run;
  run.scenarios = {{.id = "s/x@jira",
                    .suite = "s",
                    .target = "jira",
                    .steps = {{.checks = {failed("a"), failed("b"), failed("c"), failed("d")}}}}};
  run.claims = {claim("audience", "a"), claim("issuer", "b")};
  run.causes = {{.name = "one", .target = "jira", .says = "aud is not read", .checks = {"a"}, .explains = 1, .of = 4},
                {.name = "other", .target = "jira", .says = "c is wrong", .checks = {"c"}, .explains = 1, .of = 4}};
  EXPECT_EQ(
      Headline(run),
      "4 of 4 checks failed, 2 from 2 causes: jira breaks audience (1), breaks issuer; jira: c is wrong (1); it was "
      "taken, and 1 more like it");
  run.causes = {{.name = "all",
                 .target = "jira",
                 .says = "nothing is verified",
                 .checks = {"a", "b", "c"},
                 .explains = 3,
                 .of = 4}};
  EXPECT_EQ(
      Headline(run),
      "4 of 4 checks failed, 3 from 1 cause: jira breaks audience, breaks issuer; jira: nothing is verified (3); it "
      "was taken");
}

TEST(Headline, SaysWhoReachedWhoseThingsWhere) {
  RunResult run = OneOfEach();
  for (ScenarioResult& scenario : run.scenarios) scenario.matrix.clear();
  const auto cross = [&](const std::string& caller, const std::string& owner, const std::string& target) {
    run.scenarios[0].matrix.push_back({.target = target,
                                       .caller = caller,
                                       .tool = "get",
                                       .owner = owner,
                                       .reached = true,
                                       .verdict = Verdict::kFailed});
  };
  const std::string before = Headline(run);
  EXPECT_THAT(before, Not(HasSubstr("reached")));
  cross("bob", "alice", "github");
  cross("carol", "alice", "github");
  cross("carol", "alice", "jira");
  cross("bob", "bob", "jira");  // not another's
  EXPECT_THAT(Headline(run), HasSubstr(" failed, 1 from 1 cause: bob and carol reached alice's things on github and "
                                       "carol reached alice's things on jira"));
  for (const std::string owner : {"bob", "dave", "erin", "frank"}) cross("alice", owner, "jira");
  EXPECT_THAT(
      Headline(run),
      HasSubstr("carol reached alice's things on jira, alice reached bob's things on jira and 3 more of this kind"));
}

TEST(Headline, SaysWhatHappenedToWhomOncePerServer) {
  RunResult run{.scenarios = {{.id = "a@jira", .target = "jira"}, {.id = "a@wiki", .target = "wiki"}}};
  const auto fails = [&](size_t scenario, Level level, const std::string& reason, bool tells) {
    run.scenarios[scenario].steps.resize(1);
    run.scenarios[scenario].steps[0].checks.push_back(
        {.id = reason, .level = level, .verdict = Verdict::kFailed, .reason = reason, .tells = tells});
  };
  fails(0, Level::kMust, "expected this, saw that", false);
  EXPECT_EQ(Headline(run), "1 of 2 checks failed; 1 could not be judged");
  run.scenarios.pop_back();
  fails(0, Level::kShould, "jira did something odd", true);
  EXPECT_EQ(Headline(run), "2 of 2 checks failed: jira did something odd");
  fails(0, Level::kMust, "jira took a token of alice's", true);
  EXPECT_EQ(Headline(run), "3 of 3 checks failed: jira took a token of alice's, and 1 more like it");
  run.scenarios[0].steps[0].checks.back().known = true;  // expected, and listed
  EXPECT_EQ(Headline(run), "2 of 3 checks failed: jira did something odd");
  for (const std::string name : {"k", "l", "m"}) {
    run.scenarios.push_back({.id = "a@" + name, .target = name});
    fails(run.scenarios.size() - 1, Level::kMust, name + " was wrong", true);
  }
  EXPECT_EQ(Headline(run),
            "5 of 6 checks failed: jira did something odd; k was wrong; l was wrong; 1 more on other servers");
}

TEST(Headline, IsNeverGreenWithoutAPassedCheck) {
  EXPECT_EQ(Headline(RunResult()), "No check has passed, so nothing is proven");
  EXPECT_EQ(RunWord(RunResult()), "NOT JUDGED");
}

TEST(Headline, ReadsNumbersAsPeopleWriteThem) {
  EXPECT_EQ(Thousands(1'312), "1,312");
  EXPECT_EQ(Thousands(-1'000'000), "-1,000,000");
  EXPECT_EQ(Thousands(999), "999");
  EXPECT_EQ(Took(84'300), "84 ms");
  EXPECT_EQ(Took(400), "0.4 ms");
  EXPECT_EQ(Took(1'320'000), "1.3 s");
  EXPECT_EQ(Took(125'000'000), "2 min 5 s");
}

// ---- the stored form

TEST(RunFromJson, ReadsWhatToJsonWrote) {
  for (const RunResult& run : {OneOfEach(), AllGreen(), RunResult()}) {
    const Json stored = ToJson(run);
    const Result<Json> parsed = ParseJson(Dump(stored));
    ASSERT_THAT(parsed, IsOk());
    const Result<RunResult> back = RunFromJson(*parsed);
    ASSERT_THAT(back, IsOk());
    EXPECT_EQ(ToJson(*back), stored);
  }
}

TEST(RunFromJson, NamesThePlaceOfWhatItCannotRead) {
  const Json stored = ToJson(OneOfEach());
  const auto changed = [&stored](const char* pointer, const Json& value) {
    Json json = stored;
    json[Json::json_pointer(pointer)] = value;
    return RunFromJson(json);
  };
  EXPECT_THAT(changed("/schema", "iff-result-1"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("/schema: 'iff-result-1'")));
  EXPECT_THAT(changed("/took_us", "long"), FailsWith(ErrorKind::kInvalidInput, "/took_us: not an integer but string"));
  EXPECT_THAT(changed("/scenarios/1/steps/1/checks/0/verdict", "fine"),
              FailsWith(ErrorKind::kInvalidInput, "/scenarios/1/steps/1/checks/0/verdict: no verdict called 'fine'"));
  EXPECT_THAT(changed("/scenarios/1/steps/1/line", 1e300),
              FailsWith(ErrorKind::kInvalidInput, "/scenarios/1/steps/1/line: not an integer but number"));
  EXPECT_THAT(changed("/scenarios/1/steps/1/line", 5'000'000'000),
              FailsWith(ErrorKind::kInvalidInput, "/scenarios/1/steps/1/line: out of range"));
  const char* headers = "/scenarios/1/steps/0/exchanges/0/request_headers";
  EXPECT_THAT(changed(headers, Json::array({Json::array({"alone"})})),
              FailsWith(ErrorKind::kInvalidInput, std::string(headers) + "/0: not a name and a value"));
  EXPECT_THAT(changed("/scenarios/1/logs", Json{{"a/b~c", 1}}),
              FailsWith(ErrorKind::kInvalidInput, "/scenarios/1/logs/a~1b~0c: not a string but number"));
  Json without = stored;
  without["scenarios"][2].erase("file");
  EXPECT_THAT(RunFromJson(without), FailsWith(ErrorKind::kInvalidInput, "/scenarios/2/file: is missing"));
  EXPECT_THAT(RunFromJson(Json::array()), FailsWith(ErrorKind::kInvalidInput, HasSubstr("not an object but array")));
}

// A stored result cannot be made green by changing what follows from its checks.
TEST(RunFromJson, RefusesSumsThatDoNotFollowFromTheChecks) {
  Json stored = ToJson(OneOfEach());
  stored["totals"]["failed"] = 0;
  EXPECT_THAT(RunFromJson(stored), FailsWith(ErrorKind::kInvalidInput, HasSubstr("/totals/failed: 0 does not follow")));
  stored = ToJson(OneOfEach());
  stored["exit_code"] = 0;
  EXPECT_THAT(RunFromJson(stored), FailsWith(ErrorKind::kInvalidInput, HasSubstr("/exit_code: 0 does not follow")));
  stored = ToJson(OneOfEach());
  stored["scenarios"][1]["verdict"] = "passed";
  EXPECT_THAT(RunFromJson(stored), FailsWith(ErrorKind::kInvalidInput, HasSubstr("/scenarios/1/verdict: \"passed\"")));
}

// What came after it, such as a valid token that shows that the server was there, failed nothing.
TEST(CurlLine, IsTheRequestThatShowsWhatFailed) {
  const ScenarioResult scenario{.id = "suite/one@notes", .target = "notes"};
  StepResult step;
  step.trace.exchanges = {{.lane = "notes", .method = "GET", .target = "/forged", .request_headers = {{"Accept", "x"}}},
                          {.lane = "notes", .method = "GET", .target = "/valid", .request_headers = {{"Accept", "x"}}},
                          {.lane = "notes", .method = "GET", .target = "/bytes"}};
  EXPECT_EQ(CurlLine(scenario, step, {.exchange = 1}), "curl -sS -i -X 'GET' \"$NOTES_URL\"'/forged' -H 'Accept: x'");
  EXPECT_EQ(CurlLine(scenario, step, {.exchange = 3}), "") << "written byte by byte";
  // A stored result may say anything.
  EXPECT_THAT(CurlLine(scenario, step, {.exchange = 4}), HasSubstr("/valid"));
}

TEST(OneForEachAnswer, JoinsWhatFailedAtOneAnswerForNoKnownCause) {
  RunResult run{.scenarios = {{.id = "suite/one@notes", .target = "notes"}}};
  const auto failed = [](const std::string& id, Level level, int64_t exchange) {
    return Check{.id = id, .level = level, .verdict = Verdict::kFailed, .exchange = exchange};
  };
  run.scenarios[0].steps = {{.checks = {failed("should-a", Level::kShould, 1), failed("must-b", Level::kMust, 1),
                                        failed("must-c", Level::kMust, 2), failed("must-d", Level::kMust, 0),
                                        failed("must-e", Level::kMust, 0), failed("explained", Level::kMust, 1)}},
                            {.checks = {failed("elsewhere", Level::kMust, 1)}}};
  run.causes = {{.name = "a-cause", .target = "notes", .checks = {"explained"}}};
  const std::vector<ReportedFinding> joined = OneForEachAnswer(FindingsOf(run));
  std::vector<std::string> told;
  for (const ReportedFinding& finding : joined) {
    told.push_back(finding.check.id);
    for (const Check& also : finding.also) told.back() += " " + also.id;
  }
  EXPECT_THAT(told, ElementsAre("must-b should-a", "must-c", "must-d", "must-e", "explained", "elsewhere"));
  EXPECT_EQ(joined[0].severity, Severity::kDemand);
}

TEST(CurlLine, IsTheLastRequestToTheServerWithVariablesForSecrets) {
  const ScenarioResult scenario{.id = "suite/one@notes", .target = "notes"};
  StepResult step;
  EXPECT_EQ(CurlLine(scenario, step, {}), "");
  step.trace.exchanges = {
      {.lane = "notes", .method = "GET", .target = "/", .request_headers = {{"Accept", "x"}}},
      {.lane = "notes",
       .method = "POST",
       .target = "/mcp?a={{alice.token#1}}",
       .request_headers = {{"Host", "h"}, {"Authorization", "Bearer {{alice.token#1}}"}},
       .request_body = "it's $(date) {{\"a\": {\"b\": 1}}"},
      {.lane = "keycloak", .method = "GET", .target = "/keys", .request_headers = {{"Accept", "x"}}}};
  EXPECT_EQ(CurlLine(scenario, step, {}),
            "curl -sS -i -X 'POST' \"$NOTES_URL\"'/mcp?a='\"$ALICE_TOKEN_1\"'' -H 'Authorization: Bearer "
            "'\"$ALICE_TOKEN_1\"'' "
            "--data-raw 'it'\\''s $(date) {{\"a\": {\"b\": 1}}'");
  step.trace.exchanges[1].request_body = std::string(3000, 'x');
  EXPECT_NE(CurlLine(scenario, step, {}).find("the whole body is in result.json"), std::string::npos);
}

}  // namespace
}  // namespace iff
