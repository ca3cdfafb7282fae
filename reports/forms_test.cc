// Every form of a report, compared whole with an approved file, and what each promises to its readers.
#include "reports/forms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "harness/core/result_matchers.h"
#include "reports/approved.h"
#include "reports/findings.h"
#include "reports/otlp.h"
#include "reports/page.h"
#include "reports/remedy.h"
#include "reports/sample.h"
#include "reports/times.h"

namespace iff {

void PrintTo(const Form& form, std::ostream* out) { *out << form.name; }

namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Drawn(std::string_view form, const RunResult& run) {
  std::ostringstream out;
  FindForm(form)->write(run, out);
  return out.str();
}

Json ParsedForm(std::string_view form, const RunResult& run) {
  const Result<Json> json = ParseJson(Drawn(form, run));
  EXPECT_THAT(json, IsOk()) << form;
  return json.value_or(Json());
}

// The page's style and scripts are looked at in their own files.
std::string WithoutItsParts(std::string html) {
  const auto cut = [&html](const std::string& from, const std::string& to) {
    const size_t begin = html.find(from) + from.size();
    html.replace(begin, html.find(to, begin) - begin, "...");
  };
  cut("Content-Security-Policy\" content=\"", "\"");
  cut("<style>", "</style>");
  cut("<script>", "</script>");
  return html;
}

class EveryForm : public testing::TestWithParam<Form> {};

TEST_P(EveryForm, IsAsApproved) {
  const Form& form = GetParam();
  if (form.name == "junit") return;  // reports_test.cc looks at it
  const std::string_view suffix = form.file.substr(form.file.find('.'));
  const auto shown = [&](const RunResult& run) {
    return form.name == "html" ? WithoutItsParts(Drawn("html", run)) : Drawn(form.name, run);
  };
  const std::string name = form.name == "otlp" || form.name == "events" || form.name == "json"
                               ? "." + std::string(form.file)
                               : std::string(suffix);
  EXPECT_THAT(shown(OneOfEach()), MatchesApproved("one-of-each" + name));
  EXPECT_THAT(shown(AllGreen()), MatchesApproved("all-green" + name));
  EXPECT_THAT(shown(Hostile()), MatchesApproved("hostile" + name));
}

// A form that is not a page may still be shown by one, or by a terminal.
TEST_P(EveryForm, ObeysNoTextOfOthers) {
  const std::string text = Drawn(GetParam().name, Hostile());
  const std::vector<const char*> never = {"\x1b", "\x01", "\xFF", "\xC2\x9B", "\x07"};
  for (const char* bytes : never) EXPECT_THAT(text, Not(HasSubstr(bytes))) << GetParam().name;
  // Stored as they were, to be drawn again, and escaped where the page holds them.
  if (GetParam().name == "json") return;
  for (const char* bytes : {"\xE2\x80\xA8", "\xE2\x80\xAE"}) {
    EXPECT_THAT(text, Not(HasSubstr(bytes))) << GetParam().name;
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, EveryForm, testing::ValuesIn(Forms()),
                         [](const auto& form) { return std::string(form.param.name); });

// ---- SARIF

TEST(WriteSarif, IsWhatTheSchemaWants) {
  std::ifstream file("reports/testdata/sarif-essentials.schema.json");
  std::ostringstream text;
  text << file.rdbuf();
  const Result<Json> schema_text = ParseJson(text.str());
  ASSERT_THAT(schema_text, IsOk());
  valijson::Schema schema;
  valijson::SchemaParser parser;
  const valijson::adapters::NlohmannJsonAdapter schema_adapter(*schema_text);
  parser.populateSchema(schema_adapter, schema);
  RunResult compared = OneOfEach();
  compared.compared = Comparison{.run = "earlier", .differences = {{.kind = Difference::Kind::kLost, .check = "a"}}};
  for (const RunResult& run : {OneOfEach(), AllGreen(), Hostile(), RunResult(), compared}) {
    const Json sarif = ParsedForm("sarif", run);
    const valijson::adapters::NlohmannJsonAdapter adapter(sarif);
    valijson::ValidationResults results;
    valijson::Validator validator;
    EXPECT_TRUE(validator.validate(schema, adapter, &results));
    for (valijson::ValidationResults::Error error; results.popError(error);) {
      std::string path;
      for (const std::string& part : error.context) path += part;
      ADD_FAILURE() << path << ": " << error.description;
    }
  }
}

TEST(WriteSarif, TellsEveryFindingWithLevelClauseAndRemedy) {
  const Json run = ParsedForm("sarif", OneOfEach())["runs"][0];
  std::map<std::string, int> levels;
  for (const Json& result : run["results"]) {
    ++levels[result["level"].get<std::string>()];
    EXPECT_FALSE(result["properties"]["remedy"].get<std::string>().empty());
    const size_t rule = result["ruleIndex"];
    EXPECT_EQ(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
    // Only what failed has a level (SARIF 2.1.0, 3.27.10).
    EXPECT_EQ(result["kind"] == "fail", result["level"] != "none");
  }
  const RunResult::Totals totals = OneOfEach().totals();
  EXPECT_EQ(levels["error"] + levels["warning"], totals.failed + 1);  // and the known failure that passes
  EXPECT_EQ(levels["note"], totals.known);
  EXPECT_EQ(levels["none"], totals.errored);
}

TEST(Asked, NamesWhoAskedWithWhoseCredentialAndOnceEach) {
  const ScenarioResult scenario{.target = "jira"};
  StepResult step;
  EXPECT_EQ(Asked(scenario, step), "");
  const auto asks = [&step](const std::string& lane, const std::string& actor, const std::string& title, int status) {
    step.trace.exchanges.push_back({.lane = lane,
                                    .actor = actor,
                                    .credential = actor.empty() ? "" : "alice.token#1",
                                    .title = title,
                                    .status = status});
  };
  asks("keycloak", "bob", "login", 200);
  asks("jira", "bob", "bob get_issue", 200);
  asks("jira", "bob", "get_issue", 200);
  asks("jira", "", "tools/list", 0);
  EXPECT_EQ(Asked(scenario, step), "bob with alice.token#1: get_issue, answered 200; nobody: tools/list, not answered");
  for (int i = 0; i < 3; ++i) asks("jira", "carol", "get_issue " + std::to_string(i), 404);
  EXPECT_THAT(Asked(scenario, step), EndsWith("carol with alice.token#1: get_issue 0, answered 404; and 2 more"));
}

TEST(RemedyFor, TellsTheParticularBeforeTheGeneral) {
  EXPECT_THAT(std::string(RemedyFor("tokens", "hs256-weak-secret-is-refused")), HasSubstr("HMAC"));
  EXPECT_THAT(std::string(RemedyFor("tokens", "aud-prefix-is-refused")), HasSubstr("aud"));
  EXPECT_THAT(std::string(RemedyFor("isolation", "off-diagonal-is-empty")), HasSubstr("issuer and principal"));
  EXPECT_THAT(std::string(RemedyFor("nothing", "like-it")), HasSubstr("both ends"));
  ScenarioResult scenario{.suite = "tokens"};
  EXPECT_THAT(std::string(RemedyFor(scenario, {.id = "aud-prefix-is-refused", .verdict = Verdict::kErrored})),
              HasSubstr("Nothing is known yet"));
}

// ---- timelines

TEST(OtlpRequests, GiveEverySpanAnIdOfItsOwnAndAParentOfItsTrace) {
  std::map<std::string, std::string> trace_of;
  std::vector<std::pair<std::string, std::string>> parents;
  for (const Json& request : OtlpRequests(OneOfEach())) {
    for (const Json& span : request["resourceSpans"][0]["scopeSpans"][0]["spans"]) {
      const std::string id = span["spanId"];
      EXPECT_EQ(id.size(), 16U);
      EXPECT_EQ(span["traceId"].get<std::string>().size(), 32U);
      EXPECT_TRUE(trace_of.emplace(id, span["traceId"]).second) << id;
      EXPECT_LE(std::stoull(span["startTimeUnixNano"].get<std::string>()),
                std::stoull(span["endTimeUnixNano"].get<std::string>()));
      if (span.contains("parentSpanId")) parents.emplace_back(id, span["parentSpanId"]);
    }
  }
  EXPECT_GT(parents.size(), 8U);
  for (const auto& [id, parent] : parents) EXPECT_EQ(trace_of[id], trace_of[parent]);
}

TEST(OtlpRequests, StayOfASizeThatACollectorTakes) {
  const std::vector<Json> requests = OtlpRequests(Large(50, 50));
  size_t spans = 0;
  for (const Json& request : requests) {
    const size_t here = request["resourceSpans"][0]["scopeSpans"][0]["spans"].size();
    EXPECT_LE(here, 1'000U);
    spans += here;
  }
  EXPECT_EQ(spans, 50U + 50U + 50U * 50U * 2U);
}

TEST(EpochMicros, ReadsTimesWithAndWithoutFractions) {
  EXPECT_EQ(EpochMicros("2026-11-21T13:37:00.250Z"), 1'795'268'220'250'000);
  EXPECT_EQ(EpochMicros("1970-01-01T00:00:01Z"), 1'000'000);
  EXPECT_EQ(EpochMicros("yesterday"), -1);
  EXPECT_EQ(EpochMicros("2026-13-41T00:00:00Z"), -1);
}

// ---- texts of others

TEST(WriteMarkdown, TellsWhatIsAcceptedAndWhoMayDoWhatOtherwise) {
  const std::string text = Drawn("markdown", EveryKind());
  EXPECT_THAT(text, HasSubstr("accepted until 2027-01-31: the gateway has one for each person"));
  EXPECT_THAT(text, HasSubstr("bob asks jira for read&#95;of of alice: deny then, allow now"));
}

TEST(WriteMarkdown, MakesNoMarkupOfText) {
  RunResult run = OneOfEach();
  run.scenarios[1].steps[1].checks[1].reason =
      "<img src=x> [link](http://a.example) `code` **bold** | cell @team #1 https://b.example\n# title\n1. list";
  const std::string text = Drawn("markdown", run);
  EXPECT_THAT(text, HasSubstr("&#60;img src&#61;x&#62; &#91;link&#93;"));
  for (const char* part :
       {"<img", "[link]", "`", "**bold", "| cell", "@team", "#1 ", "https://", "\n# title", " 1. list"}) {
    EXPECT_THAT(text, Not(HasSubstr(part))) << part;
  }
}

// It is written piece by piece.
TEST(WriteStored, WritesWhatTheWholeValueWouldBe) {
  RunResult tricky = AllGreen();
  tricky.command = "\n  \"scenarios\": []";
  tricky.scenarios.front().title = "two\nlines, \"scenarios\": []";
  for (const RunResult& run : {OneOfEach(), EveryKind(), AllGreen(), Hostile(), Large(3, 4), tricky, RunResult{}}) {
    EXPECT_EQ(Drawn("json", run), ToJson(run).dump(2, ' ', true, Json::error_handler_t::replace) + "\n");
  }
}

TEST(Forms, HaveNamesAndFilesOfTheirOwn) {
  std::set<std::string_view> names;
  std::set<std::string_view> files;
  for (const Form& form : Forms()) {
    EXPECT_TRUE(names.insert(form.name).second);
    EXPECT_TRUE(files.insert(form.file).second);
    EXPECT_EQ(FindForm(form.name)->file, form.file);
  }
  EXPECT_EQ(FindForm("pdf"), nullptr);
  EXPECT_EQ(DefaultForms().front(), "json");
}

}  // namespace
}  // namespace iff
