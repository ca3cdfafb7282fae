#include "reports/otlp.h"

#include <algorithm>

#include "harness/core/bytes.h"
#include "harness/core/plain.h"
#include "reports/ascii.h"
#include "reports/times.h"
#include "reports/wording.h"

namespace iff {
namespace {

constexpr size_t kSpansOfARequest = 1'000;
enum SpanKind { kInternal = 1, kClient = 3 };
enum Status { kOk = 1, kError = 2 };

Json Attribute(const std::string& key, const std::string& text) {
  return {{"key", key}, {"value", {{"stringValue", Plain(text, true)}}}};
}

Json Attribute(const std::string& key, int64_t number) {
  return {{"key", key}, {"value", {{"intValue", std::to_string(number)}}}};
}

std::string Nanos(int64_t micros) { return std::to_string(micros * 1'000); }

// Ids that stay the same whenever the same result is drawn.
std::string IdOf(const std::string& seed, size_t bytes) { return Hex(Sha256(seed)).substr(0, bytes * 2); }

class Spans {
 public:
  Spans(const RunResult& run, const ScenarioResult& scenario)
      : scenario_(scenario),
        seed_(run.id + "\n" + scenario.id),
        trace_(IdOf(seed_, 16)),
        root_(IdOf(seed_ + "\nroot", 8)),
        began_(BeganAt(run, scenario)) {}

  std::vector<Json> Done() {
    Json root = Span(root_, "", scenario_.id, kInternal, 0, scenario_.took_us);
    Json& attributes = root["attributes"];
    attributes.push_back(Attribute("iff.title", scenario_.title));
    attributes.push_back(Attribute("iff.suite", scenario_.suite));
    attributes.push_back(Attribute("iff.target", scenario_.target));
    attributes.push_back(Attribute("iff.verdict", std::string(Name(scenario_.verdict()))));
    const bool good = scenario_.verdict() == Verdict::kPassed || scenario_.verdict() == Verdict::kInapplicable;
    root["status"] = {{"code", good ? kOk : kError}};
    if (!good) root["status"]["message"] = Plain(Why());
    spans_.push_back(std::move(root));
    for (size_t i = 0; i < scenario_.steps.size(); ++i) Step(scenario_.steps[i], i);
    return std::move(spans_);
  }

 private:
  Json Span(const std::string& id, const std::string& parent, const std::string& name, SpanKind kind, int64_t at,
            int64_t took) const {
    Json span = {{"traceId", trace_},
                 {"spanId", id},
                 {"name", Plain(name)},
                 {"kind", static_cast<int>(kind)},
                 {"startTimeUnixNano", Nanos(began_ + at)},
                 {"endTimeUnixNano", Nanos(began_ + at + std::max<int64_t>(took, 0))},
                 {"attributes", Json::array()}};
    if (!parent.empty()) span["parentSpanId"] = parent;
    return span;
  }

  std::string Why() const {
    if (!scenario_.error.empty()) return scenario_.error;
    for (const StepResult& step : scenario_.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict == Verdict::kPassed || check.known) continue;
        return check.id + ": " + (check.reason.empty() ? check.observed : check.reason);
      }
    }
    return "no check has passed";
  }

  void Step(const StepResult& step, size_t index) {
    const std::string id = IdOf(seed_ + "\nstep " + std::to_string(index), 8);
    // Results of earlier versions do not say when a step began: its exchanges do.
    int64_t from = step.started_us;
    int64_t to = step.started_us + step.took_us;
    if (step.took_us == 0) {
      for (const Exchange& exchange : step.trace.exchanges) {
        from = from == 0 ? exchange.started_us : std::min(from, exchange.started_us);
        to = std::max(to, exchange.started_us + exchange.took_us);
      }
    }
    Json span = Span(id, root_, step.title.empty() ? "step" : step.title, kInternal, from, to - from);
    span["attributes"].push_back(Attribute("code.file.path", scenario_.file));
    span["attributes"].push_back(Attribute("code.line.number", static_cast<int64_t>(step.line)));
    if (!step.at.empty()) span["attributes"].push_back(Attribute("iff.target", step.at));
    Json events = Json::array();
    for (const Check& check : step.checks) {
      events.push_back(
          Event(to, "iff.check",
                {Attribute("iff.check", check.id), Attribute("iff.verdict", std::string(Name(check.verdict))),
                 Attribute("iff.level", std::string(Name(check.level)))}));
    }
    for (const DownstreamEvent& seen : step.trace.downstream.events) {
      events.push_back(Event(seen.at_us, SourceName(seen.act.source),
                             {Attribute("iff.as", seen.act.persona), Attribute("iff.seen", TextOf(seen.act))}));
    }
    for (const NotObservable& one : step.trace.downstream.not_observable) {
      events.push_back(Event(to, SourceName({one.place, one.component}),
                             {Attribute("iff.as", std::string()), Attribute("iff.not_observable", one.reason)}));
    }
    if (!events.empty()) span["events"] = std::move(events);
    spans_.push_back(std::move(span));
    for (size_t i = 0; i < step.trace.exchanges.size(); ++i) {
      Call(step.trace.exchanges[i], id, seed_ + "\nstep " + std::to_string(index) + " " + std::to_string(i));
    }
  }

  Json Event(int64_t at, const std::string& name, Json attributes) const {
    return {{"timeUnixNano", Nanos(began_ + at)}, {"name", Plain(name)}, {"attributes", std::move(attributes)}};
  }

  void Call(const Exchange& exchange, const std::string& parent, const std::string& seed) {
    Json span = Span(IdOf(seed, 8), parent, exchange.title, kClient, exchange.started_us, exchange.took_us);
    Json& attributes = span["attributes"];
    attributes.push_back(Attribute("iff.lane", exchange.lane));
    attributes.push_back(Attribute("iff.as", exchange.actor));
    attributes.push_back(Attribute("iff.credential", exchange.credential));
    if (!exchange.method.empty()) {
      attributes.push_back(Attribute("http.request.method", exchange.method));
      attributes.push_back(Attribute("url.path", exchange.target.substr(0, exchange.target.find('?'))));
    }
    if (exchange.status != 0) {
      attributes.push_back(Attribute("http.response.status_code", static_cast<int64_t>(exchange.status)));
    } else {
      span["status"] = {{"code", kError}, {"message", Plain(exchange.failure)}};
    }
    spans_.push_back(std::move(span));
  }

  const ScenarioResult& scenario_;
  std::string seed_;
  std::string trace_;
  std::string root_;
  int64_t began_;
  std::vector<Json> spans_;
};

Json Request(const RunResult& run, Json spans) {
  return {
      {"resourceSpans",
       Json::array(
           {{{"resource",
              {{"attributes", Json::array({Attribute("service.name", "iff"), Attribute("service.version", run.version),
                                           Attribute("iff.run", run.id), Attribute("iff.system", run.system),
                                           Attribute("iff.verdict", std::string(RunWord(run)))})}}},
             {"scopeSpans", Json::array({{{"scope", {{"name", "iff"}, {"version", run.version}}},
                                          {"spans", std::move(spans)}}})}}})}};
}

}  // namespace

std::vector<Json> OtlpRequests(const RunResult& run) {
  std::vector<Json> requests;
  Json spans = Json::array();
  for (const ScenarioResult& scenario : run.scenarios) {
    for (Json& span : Spans(run, scenario).Done()) {
      spans.push_back(std::move(span));
      if (spans.size() == kSpansOfARequest) requests.push_back(Request(run, std::exchange(spans, Json::array())));
    }
  }
  if (!spans.empty()) requests.push_back(Request(run, std::move(spans)));
  return requests;
}

void WriteOtlp(const RunResult& run, std::ostream& out) {
  for (const Json& request : OtlpRequests(run)) out << AsciiJson(request) << "\n";
}

}  // namespace iff
