#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"
#include "reports/html.h"
#include "reports/page.h"
#include "reports/sample.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

std::string HtmlOf(const RunResult& run) {
  std::ostringstream out;
  WriteHtml(run, out);
  return out.str();
}

size_t Times(const std::string& text, std::string_view part) {
  size_t times = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++times;
  return times;
}

// What a browser takes for the text of the element: up to the first end tag, whatever comes later.
std::string TextBetween(const std::string& html, const std::string& begin, const std::string& end) {
  const size_t from = html.find(begin);
  if (from == std::string::npos) return "";
  const size_t start = from + begin.size();
  return html.substr(start, html.find(end, start) - start);
}

Json Embedded(const std::string& html, const std::string& id) {
  const Result<Json> json =
      ParseJson(TextBetween(html, "<script type=\"application/json\" id=\"" + id + "\">", "</script"));
  EXPECT_THAT(json, IsOk());
  return json.value_or(Json());
}

TEST(WriteHtml, EmbedsTheNumbersOfTheResult) {
  const RunResult run = OneOfEach();
  const Json result = Embedded(HtmlOf(run), "result");
  EXPECT_EQ(result["totals"], ToJson(run)["totals"]);
  std::map<std::string, int> counted;
  for (const Json& scenario : result["scenarios"]) {
    if (scenario.contains("own")) ++counted[scenario["own"]["verdict"]];
    for (const Json& step : scenario["steps"]) {
      for (const Json& check : step["checks"]) {
        ++counted[check.contains("known") ? "known" : check["verdict"].get<std::string>()];
      }
    }
  }
  for (const char* kind : {"passed", "failed", "errored", "known", "inapplicable"}) {
    EXPECT_EQ(counted[kind], result["totals"][kind].get<int>()) << kind;
  }
}

TEST(WriteHtml, KeepsEveryTraceOfASmallRun) {
  const Json traces = Embedded(HtmlOf(OneOfEach()), "traces");
  const Json stored = ToJson(OneOfEach());
  for (size_t i = 0; i < stored["scenarios"].size(); ++i) {
    const Json& steps = stored["scenarios"][i]["steps"];
    for (size_t j = 0; j < steps.size(); ++j) {
      Json step = traces["scenarios"][i]["steps"][j];
      EXPECT_EQ(step["left_out"], 0);
      const Json& events = steps[j]["downstream"]["events"];
      ASSERT_EQ(step["downstream"].size(), events.size());
      for (size_t k = 0; k < events.size(); ++k) {
        EXPECT_EQ(step["downstream"][k]["principal"], events[k]["act"]["persona"]);
        EXPECT_EQ(step["downstream"][k]["at_us"], events[k]["at_us"]);
      }
      for (Json& exchange : step["exchanges"]) {
        for (const char* name : {"request_body", "response_body", "token"}) {
          exchange[name] = traces["shared"][exchange[name].get<size_t>()];
        }
        for (const char* name : {"request_headers", "response_headers"}) {
          for (Json& header : exchange[name]) header = Json(traces["shared"][header.get<size_t>()]);
        }
      }
      EXPECT_EQ(step["exchanges"], steps[j]["exchanges"]);
    }
  }
}

TEST(WriteHtml, LetsNoTextBreakOutOfItsPlace) {
  const std::string benign = HtmlOf(OneOfEach());
  const std::string html = HtmlOf(Hostile());
  for (const char* part : {"<script", "</script", "<!--", "<style", "</title"}) {
    EXPECT_EQ(Times(html, part), Times(benign, part)) << part;
  }
  for (const char* bytes : {"\xE2\x80\xA8", "\xE2\x80\xA9", "\xFF"}) EXPECT_EQ(Times(html, bytes), 0U);
  EXPECT_THAT(TextBetween(html, "<title>", "</title>"), HasSubstr("&lt;/script&gt;&lt;script&gt;alert(1)"));
  const Json result = Embedded(html, "result");
  const std::string title = result["scenarios"][0]["title"];
  EXPECT_THAT(title, HasSubstr("</script><script>alert(1)</script><!-- \" ' &"));
  EXPECT_THAT(title, HasSubstr("{{result}}"));
}

TEST(WriteHtml, AllowsOnlyItsOwnScriptAndStyle) {
  const std::string html = HtmlOf(Hostile());
  const auto hash = [](const std::string& text) { return "'sha256-" + Base64(Sha256(text)) + "'"; };
  const std::string policy = TextBetween(html, "Content-Security-Policy\" content=\"", "\"");
  EXPECT_EQ(policy, "default-src 'none'; script-src " + hash(TextBetween(html, "<script>", "</script>")) +
                        "; style-src " + hash(TextBetween(html, "<style>", "</style>")) +
                        "; img-src data:; base-uri 'none'; form-action 'none'");
}

TEST(WriteHtml, AsksNobodyForAnything) {
  const std::string html = HtmlOf(AllGreen());
  const std::regex request(
      R"((src|action)\s*=|url\(|@import|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|EventSource)");
  std::smatch found;
  EXPECT_FALSE(std::regex_search(html, found, request)) << found.str();
  // The namespace of SVG is a name; nothing is fetched from it.
  EXPECT_EQ(Times(html, "://"), 1U);
  EXPECT_EQ(Times(html, "createElementNS(\"http://www.w3.org/2000/svg\""), 1U);
}

// Markup made of text is how a hostile answer would get in.
TEST(WriteHtml, MakesNoMarkupOfText) {
  for (const std::string_view script :
       {kElementsJs, kOverviewJs, kSinceJs, kClausesJs, kExchangeJs, kInspectJs, kTimelineJs, kScenarioJs, kReportJs}) {
    for (const char* way : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("}) {
      EXPECT_EQ(Times(std::string(script), way), 0U) << way;
    }
  }
}

TEST(WriteHtml, StaysSmallWithFiveThousandChecksAndShortensFirstWhatPassed) {
  RunResult run = Large(1'000, 5);
  run.scenarios.push_back(OneOfEach().scenarios[1]);
  std::string& body = run.scenarios.back().steps[1].trace.exchanges[0].response_body;
  body = std::string(50'000, 'y');
  const std::string html = HtmlOf(run);
  EXPECT_LT(html.size(), 15'000'000U);
  EXPECT_EQ(Embedded(html, "result")["totals"]["checks"], 5'003);
  EXPECT_EQ(Times(html, body), 1U);
  EXPECT_GT(Times(html, "\"cut\":\"0-0xxx"), 0U);  // a long body
  EXPECT_GT(Times(html, "\"short\":true"), 0U);    // the page is full
}

}  // namespace
}  // namespace iff
