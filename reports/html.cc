#include "reports/html.h"

#include <algorithm>
#include <unordered_map>

#include "harness/core/bytes.h"
#include "harness/run/result_parts.h"
#include "harness/run/standing.h"
#include "reports/ascii.h"
#include "reports/findings.h"
#include "reports/latency.h"
#include "reports/page.h"
#include "reports/plain.h"
#include "reports/remedy.h"
#include "reports/utf8.h"
#include "reports/wording.h"

namespace iff {
namespace {

// A page of 5,000 checks stays well under 15 MB. What does not fit is in result.json beside it, and
// the page says so. Scenarios that did not pass are never the ones that are shortened first.
constexpr size_t kBudget = 9'000'000;       // bytes of traces
constexpr size_t kBodyOfInterest = 60'000;  // of a scenario that did not pass
constexpr size_t kBodyOtherwise = 3'000;
constexpr size_t kExchangesOfInterest = 400;  // of one step
constexpr size_t kExchangesOtherwise = 200;

// JSON as it may stand inside a <script>: no text in it can end the element or begin a comment.
std::string ForScript(const Json& json) {
  const std::string text = AsciiJson(json);
  std::string out;
  out.reserve(text.size() + text.size() / 50);
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::string ForMarkup(std::string_view text) {
  std::string out;
  for (const char c : Plain(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

// What many exchanges have in common (headers, bodies, tokens) stands once in `shared` and is named
// by its index: exchanges of one run are very much alike.
class Traces {
 public:
  // Moves the traces and logs out of a scenario in its stored form. What is of interest comes
  // first.
  void Take(Json& scenario, size_t index, bool of_interest) {
    Json steps = Json::array();
    for (Json& step : scenario["steps"]) {
      steps.push_back(TakeStep(step, of_interest));
      step.erase("exchanges");
      step.erase("far_side");
    }
    while (traces_.size() <= index) traces_.push_back(Json::object());
    for (const Json& log : scenario["logs"]) Spend(log.get_ref<const std::string&>().size());
    traces_[index]["logs"] = std::move(scenario["logs"]);
    traces_[index]["steps"] = std::move(steps);
    scenario.erase("logs");
  }

  Json Done() {
    Json all = Json::object();
    all["shared"] = std::move(shared_);
    all["scenarios"] = std::move(traces_);
    return all;
  }

 private:
  void Spend(size_t bytes) { left_ -= std::min(left_, bytes); }

  size_t Share(Json value) {
    std::string key = Dump(value);
    const auto known = index_.find(key);
    if (known != index_.end()) return known->second;
    const size_t index = shared_.size();
    Spend(key.size() + 1);
    index_.emplace(std::move(key), index);
    shared_.push_back(std::move(value));
    return index;
  }

  size_t ShareBody(const std::string& body, size_t longest) {
    if (body.size() <= longest) return Share(body);
    Json cut = Json::object();
    cut["cut"] = WholeLetters(body, longest);
    cut["of"] = body.size();
    return Share(std::move(cut));
  }

  Json TakeStep(Json& step, bool of_interest) {
    Json out = Json::object();
    Json& exchanges = step["exchanges"];
    const size_t most = of_interest ? kExchangesOfInterest : kExchangesOtherwise;
    const size_t keep = left_ == 0 && !of_interest ? 0 : std::min(most, exchanges.size());
    Json kept = Json::array();
    for (size_t i = 0; i < keep; ++i) {
      // Of many, the first half and the last half.
      const size_t from = i < (keep + 1) / 2 ? i : exchanges.size() - (keep - i);
      kept.push_back(TakeExchange(exchanges[from], of_interest));
    }
    out["exchanges"] = std::move(kept);
    out["left_out"] = exchanges.size() - keep;
    out["far_side"] = std::move(step["far_side"]);
    Spend(Dump(out).size());
    return out;
  }

  Json TakeExchange(Json& exchange, bool of_interest) {
    if (left_ == 0) exchange["short"] = true;
    for (const char* headers : {"request_headers", "response_headers"}) {
      Json indices = Json::array();
      for (Json& header : exchange[headers]) {
        if (left_ > 0) indices.push_back(Share(std::move(header)));
      }
      exchange[headers] = std::move(indices);
    }
    const size_t longest = left_ == 0 ? 0 : of_interest ? kBodyOfInterest : kBodyOtherwise;
    for (const char* body : {"request_body", "response_body"}) {
      exchange[body] = ShareBody(exchange[body].get<std::string>(), longest);
    }
    exchange["token"] = Share(left_ > 0 ? std::move(exchange["token"]) : Json());
    return std::move(exchange);
  }

  size_t left_ = kBudget;
  Json shared_ = Json::array();
  std::unordered_map<std::string, size_t> index_;
  Json traces_ = Json::array();
};

// The stored form, in two parts: what is seen at once, and what is looked at one by one.
struct Parts {
  Json result = {};
  Json traces = {};
};

// "suite check" -> what usually puts it right; "" -> of what could not be judged.
Json Remedies(const RunResult& run) {
  Json remedies = Json::object();
  for (const ReportedFinding& finding : FindingsOf(run)) {
    const bool unjudged = finding.severity == Severity::kUnjudged;
    remedies[unjudged ? "" : finding.scenario->suite + " " + finding.check.id] = RemedyFor(*finding.scenario, finding.check);
  }
  return remedies;
}

// As the page shows them: what became of each in place of the checks' names.
Json ClausesOf(const RunResult& run) {
  Json clauses = Json::array();
  const std::vector<Standing> standings = StandingsOf(run);
  for (size_t i = 0; i < standings.size(); ++i) {
    clauses.push_back({{"clause", run.clauses[i].name},
                       {"says", run.clauses[i].says},
                       {"standing", Name(standings[i].kind)},
                       {"checks", standings[i].checks},
                       {"reason", standings[i].reason}});
  }
  return clauses;
}

Parts Divide(const RunResult& run) {
  Parts parts{.result = FrameToJson(run)};
  Json& scenarios = parts.result["scenarios"];
  scenarios = std::vector<Json>(run.scenarios.size());
  Traces traces;
  for (const bool of_interest : {true, false}) {
    for (size_t i = 0; i < run.scenarios.size(); ++i) {
      const ScenarioResult& scenario = run.scenarios[i];
      if ((scenario.verdict() != Verdict::kPassed) != of_interest) continue;
      scenarios[i] = ScenarioToJson(scenario);
      traces.Take(scenarios[i], i, of_interest);
      for (size_t at = 0; of_interest && at < scenario.steps.size(); ++at) {
        const std::string asked = Asked(scenario, scenario.steps[at]);
        if (!asked.empty()) scenarios[i]["steps"][at]["asked"] = asked;
      }
      for (const Check& check : ChecksOfItsOwn(scenario)) {
        scenarios[i]["own"] = {
            {"id", check.id}, {"verdict", Name(check.verdict)}, {"reason", check.reason}};
      }
    }
  }
  parts.traces = traces.Done();
  parts.result["clauses"] = ClausesOf(run);
  parts.result["remedies"] = Remedies(run);
  parts.result["latency"] = LatencyOf(run);
  parts.result["headline"] = Headline(run);
  parts.result["word"] = RunWord(run);
  return parts;
}

std::string Source(std::string_view kind, std::string_view text) {
  return "'" + std::string(kind) + "-" + Base64(Sha256(text)) + "'";
}

}  // namespace

void WriteHtml(const RunResult& run, std::ostream& out) {
  std::string script;
  for (const std::string_view part :
       {kElementsJs, kOverviewJs, kSinceJs, kClausesJs, kExchangeJs, kInspectJs, kTimelineJs, kScenarioJs, kReportJs})
    script += part;
  const Parts parts = Divide(run);
  const std::unordered_map<std::string_view, std::string> fill = {
      {"title", ForMarkup(std::string(RunWord(run)) + ": " + run.system + " " + run.id)},
      {"headline", ForMarkup(Headline(run))},
      {"word", ForMarkup(RunWord(run))},
      // Nothing runs but what was built in, named by its hash; nothing is fetched from anywhere.
      {"policy", "default-src 'none'; script-src " + Source("sha256", script) + "; style-src " +
                     Source("sha256", kReportCss) +
                     "; img-src data:; base-uri 'none'; form-action 'none'"},
      {"style", std::string(kReportCss)},
      {"script", script},
      {"result", ForScript(parts.result)},
      {"traces", ForScript(parts.traces)},
  };
  // One pass: what was filled in is never looked at again, whatever stands in it.
  std::string_view rest = kReportHtml;
  while (!rest.empty()) {
    const size_t open = rest.find("{{");
    const size_t close = open == std::string_view::npos ? open : rest.find("}}", open);
    if (close == std::string_view::npos) break;
    const auto found = fill.find(rest.substr(open + 2, close - open - 2));
    Invariant(found != fill.end(), "the frame names only what is filled in");
    out << rest.substr(0, open) << found->second;
    rest.remove_prefix(close + 2);
  }
  out << rest;
}

}  // namespace iff
