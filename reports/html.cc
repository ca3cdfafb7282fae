#include "reports/html.h"

#include <algorithm>
#include <unordered_map>

#include "harness/core/bytes.h"
#include "harness/core/plain.h"
#include "harness/core/printable.h"
#include "harness/core/utf8.h"
#include "harness/run/result_text.h"
#include "harness/run/standing.h"
#include "reports/ascii.h"
#include "reports/findings.h"
#include "reports/latency.h"
#include "reports/page.h"
#include "reports/remedy.h"
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

constexpr JsonForm kAscii = {.ascii = true};

// JSON as it may stand inside a <script>: no text in it can end the element or begin a comment.
std::string ForScript(const std::string& json) {
  std::string out;
  out.reserve(json.size() + json.size() / 50);
  for (size_t at = 0; at < json.size();) {
    const size_t next = std::min(json.find('<', at), json.size());
    out.append(json, at, next - at);
    if (next < json.size()) out += "\\u003c";
    at = next + 1;
  }
  return out;
}

std::string ForMarkup(std::string_view text) {
  std::string out;
  for (const char c : Plain(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// What was seen downstream, as the page lists it.
Json RowsOf(const StepResult& step) {
  Json rows = Json::array();
  for (const DownstreamEvent& event : step.trace.downstream.events) {
    const DownstreamAct& act = event.act;
    Json detail = event.taken_for.is_object() ? event.taken_for : Json::object();
    if (act.source.place == Place::kLedger)
      detail = {{"owner", event.account}, {"fingerprint", event.fingerprint}, {"disclosed", act.discloses}};
    Json row = {{"component", act.source.component},
                {"kind", SourceKind(act.source.place)},
                {"at_us", event.at_us},
                {"principal", act.persona},
                {"text", TextOf(act)},
                {"detail", std::move(detail)}};
    if (event.timed) row["timed"] = true;
    rows.push_back(std::move(row));
  }
  for (const NotObservable& one : step.trace.downstream.not_observable) {
    rows.push_back({{"component", one.component},
                    {"kind", SourceKind(one.place)},
                    {"at_us", step.started_us + step.took_us},
                    {"principal", ""},
                    {"text", "could not be read: " + one.reason},
                    {"detail", Json::object()}});
  }
  return rows;
}

// What many exchanges have in common (headers, bodies, tokens) stands once in `shared` and is named
// by its index: exchanges of one run are very much alike.
class Traces {
 public:
  // Moves the trace out of a step in its stored form; answers what is to stand in its place. What is of interest comes
  // first.
  // `seen`: the same step.
  Json Take(Json& step, const StepResult& seen, bool of_interest) {
    Json trace = TakeStep(step, of_interest);
    trace["downstream"] = RowsOf(seen);
    Spend(Dump(trace["downstream"]).size());
    step.erase("exchanges");
    step.erase("downstream");
    return trace;
  }
  // The same with the logs of a scenario, after its steps.
  Json TakeLogs(Json& scenario) {
    for (const Json& log : scenario["logs"]) Spend(log.get_ref<const std::string&>().size());
    Json logs = std::move(scenario["logs"]);
    scenario.erase("logs");
    if (const auto files = scenario.find("attachments"); files != scenario.end()) {
      for (const Json& file : *files) Spend(file.get_ref<const std::string&>().size());
      logs.update(*files);
      scenario.erase("attachments");
    }
    return logs;
  }

  // `scenarios`: of each its logs and steps, as text.
  std::string Done(const std::vector<std::string>& scenarios) const {
    std::string text;
    AppendObject(Json::object(), {{"scenarios", ListOf(scenarios)}, {"shared", ListOf(shared_)}}, kAscii, 0, text);
    return text;
  }

  static AppendValue ListOf(const std::vector<std::string>& texts) {
    return [&texts](std::string& out) {
      AppendList(texts.size(), [&](size_t i, std::string& list) { list += texts[i]; }, kAscii, 0, out);
    };
  }

 private:
  void Spend(size_t bytes) { left_ -= std::min(left_, bytes); }

  size_t Share(const Json& value) {
    std::string key = Dump(value);
    const auto known = index_.find(key);
    if (known != index_.end()) return known->second;
    const size_t index = shared_.size();
    Spend(key.size() + 1);
    shared_.push_back(IsPrintable(key) ? key : AsciiJson(value));
    index_.emplace(std::move(key), index);
    return index;
  }

  size_t ShareBody(const std::string& body, size_t longest) {
    if (body.size() <= longest) return Share(body);
    Json cut = Json::object();
    cut["cut"] = WholeLetters(body, longest);
    cut["of"] = body.size();
    return Share(cut);
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
    Spend(Dump(out).size());
    return out;
  }

  Json TakeExchange(Json& exchange, bool of_interest) {
    if (left_ == 0) exchange["short"] = true;
    for (const char* headers : {"request_headers", "response_headers"}) {
      Json indices = Json::array();
      for (Json& header : exchange[headers]) {
        if (left_ > 0) indices.push_back(Share(header));
      }
      exchange[headers] = std::move(indices);
    }
    const size_t longest = left_ == 0 ? 0 : of_interest ? kBodyOfInterest : kBodyOtherwise;
    for (const char* body : {"request_body", "response_body"}) {
      exchange[body] = ShareBody(exchange[body].get<std::string>(), longest);
    }
    exchange["token"] = Share(left_ > 0 ? exchange["token"] : Json());
    return std::move(exchange);
  }

  size_t left_ = kBudget;
  std::vector<std::string> shared_;  // as text
  std::unordered_map<std::string, size_t> index_;
};

// The stored form as text, in two parts: what is seen at once, and what is looked at one by one.
struct PageParts {
  std::string result = {};
  std::string traces = {};
};

// "suite check" -> what usually puts it right; "" -> of what could not be judged.
Json Remedies(const RunResult& run) {
  Json remedies = Json::object();
  for (const ReportedFinding& finding : FindingsOf(run)) {
    const bool unjudged = finding.severity == Severity::kUnjudged;
    remedies[unjudged ? "" : finding.scenario->suite + " " + finding.check.id] =
        RemedyFor(*finding.scenario, finding.check);
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

PageParts Divide(const RunResult& run) {
  std::vector<std::string> results(run.scenarios.size());
  std::vector<std::string> seen(run.scenarios.size());
  Traces traces;
  for (const bool of_interest : {true, false}) {
    for (size_t i = 0; i < run.scenarios.size(); ++i) {
      const ScenarioResult& scenario = run.scenarios[i];
      if ((scenario.verdict() != Verdict::kPassed) != of_interest) continue;
      Json head = HeadJson(scenario);
      std::vector<std::string> steps_seen;
      const auto append_step = [&](size_t at, std::string& text) {
        Json step = ToJson(scenario.steps[at]);
        steps_seen.push_back(AsciiJson(traces.Take(step, scenario.steps[at], of_interest)));
        if (of_interest) {
          const std::string asked = Asked(scenario, scenario.steps[at]);
          if (!asked.empty()) step["asked"] = asked;
        }
        AppendJson(step, kAscii, 0, text);
      };
      std::string steps;
      AppendList(scenario.steps.size(), append_step, kAscii, 0, steps);
      const Json logs = {{"logs", traces.TakeLogs(head)}};
      AppendObject(logs, {{"steps", Traces::ListOf(steps_seen)}}, kAscii, 0, seen[i]);
      for (const Check& check : ChecksOfItsOwn(scenario)) {
        head["own"] = {{"id", check.id}, {"verdict", Name(check.verdict)}, {"reason", check.reason}};
      }
      AppendObject(head, {{"steps", [&](std::string& text) { text += steps; }}}, kAscii, 0, results[i]);
    }
  }
  PageParts parts{.traces = traces.Done(seen)};
  Json head = HeadJson(run);
  head["clauses"] = ClausesOf(run);
  head["remedies"] = Remedies(run);
  head["latency"] = LatencyOf(run);
  head["headline"] = Headline(run);
  head["word"] = RunWord(run);
  AppendObject(head, {{"scenarios", Traces::ListOf(results)}}, kAscii, 0, parts.result);
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
  const PageParts parts = Divide(run);
  const std::unordered_map<std::string_view, std::string> fill = {
      {"title", ForMarkup(std::string(RunWord(run)) + ": " + run.system + " " + run.id)},
      {"headline", ForMarkup(Headline(run))},
      {"word", ForMarkup(RunWord(run))},
      // Nothing runs but what was built in, named by its hash; nothing is fetched from anywhere.
      {"policy", "default-src 'none'; script-src " + Source("sha256", script) + "; style-src " +
                     Source("sha256", kReportCss) + "; img-src data:; base-uri 'none'; form-action 'none'"},
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
