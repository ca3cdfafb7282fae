#include "reports/junit.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>

#include "harness/core/clock.h"
#include "harness/core/plain.h"
#include "harness/core/utf8.h"
#include "reports/times.h"
#include "reports/wording.h"

namespace iff {
namespace {

// A body in a build server's log: enough to recognise an answer. The whole of it is in the HTML
// report.
constexpr size_t kLongestBody = 600;

// Text as XML 1.0 may hold it: what it must not hold is spelled out, as \x1b, and so stays visible.
std::string Xml(std::string_view text, bool attribute) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view letter = FirstLetter(text);
    text.remove_prefix(std::max<size_t>(letter.size(), 1));
    if (letter.empty()) {
      out += "\xEF\xBF\xBD";  // U+FFFD for a byte that is no UTF-8
      continue;
    }
    if (letter.size() > 1) {
      const bool forbidden = letter == "\xEF\xBF\xBE" || letter == "\xEF\xBF\xBF";
      out += forbidden ? "\xEF\xBF\xBD" : Plain(letter);
      continue;
    }
    const char c = letter[0];
    switch (c) {
      case '&':
        out += "&amp;";
        continue;
      case '<':
        out += "&lt;";
        continue;
      case '>':
        out += "&gt;";
        continue;
      case '"':
        out += attribute ? "&quot;" : "\"";
        continue;
      case '\n':
        out += attribute ? "&#10;" : "\n";
        continue;
      case '\t':
        out += attribute ? "&#9;" : "\t";
        continue;
      default:
        break;
    }
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
      out += c;
    } else {
      char spelled[8];
      std::snprintf(spelled, sizeof spelled, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += spelled;
    }
  }
  return out;
}

std::string Seconds(int64_t microseconds) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(std::max<int64_t>(microseconds, 0)) / 1e6);
  return text;
}

// "2026-11-21T13:37:00Z" later by some microseconds, without fraction; the text itself if it is no time.
std::string Later(const std::string& started, int64_t microseconds) {
  const int64_t at = EpochMicros(started);
  if (at < 0) return started;
  const auto since = std::chrono::microseconds(at + std::max<int64_t>(microseconds, 0));
  return Rfc3339(WallTime(since)).substr(0, 19) + "Z";
}

std::string Clip(const std::string& text) {
  if (text.size() <= kLongestBody) return text;
  return std::string(WholeLetters(text, kLongestBody)) + "... (" + Count(static_cast<int64_t>(text.size()), "byte") +
         ")";
}

std::string Told(const Exchange& exchange) {
  std::string line = Took(exchange.started_us) + "  " + (exchange.actor.empty() ? "nobody" : exchange.actor) + " -> " +
                     exchange.lane + "  " + exchange.title;
  if (!exchange.method.empty()) line += "  " + exchange.method + " " + exchange.target;
  if (!exchange.credential.empty()) line += "  with " + exchange.credential;
  line += exchange.status == 0 ? "  -> no answer: " + exchange.failure : "  -> " + std::to_string(exchange.status);
  line += "  in " + Took(exchange.took_us) + "\n";
  if (!exchange.request_body.empty()) line += "    sent      " + Clip(exchange.request_body) + "\n";
  if (!exchange.response_body.empty()) line += "    answered  " + Clip(exchange.response_body) + "\n";
  return line;
}

std::string Told(const Trace& trace) {
  std::string text;
  for (const Exchange& exchange : trace.exchanges) text += Told(exchange);
  for (const DownstreamEvent& event : trace.downstream.events) {
    text += Took(event.at_us) + "  " + SourceName(event.act.source) + "  " +
            (event.act.persona.empty() ? "" : "as " + event.act.persona + "  ") + TextOf(event.act) + "\n";
  }
  for (const NotObservable& one : trace.downstream.not_observable) {
    text += one.component + " " + std::string(SourceKind(one.place)) + "  could not be read: " + one.reason + "\n";
  }
  return text;
}

struct Case {
  const Check* check = nullptr;
  const StepResult* step = nullptr;  // nullptr: of the scenario as a whole
  std::string name = {};
  int64_t took_us = 0;
};

struct Suite {
  std::vector<Check> own = {};  // what Case::check may point at
  std::vector<Case> cases = {};
  int64_t failures = 0;
  int64_t errors = 0;
  int64_t skipped = 0;
};

int64_t TookAtLeast(const Trace& trace) {
  int64_t sum = 0;
  for (const Exchange& exchange : trace.exchanges) sum += exchange.took_us;
  return sum;
}

void CountIn(Suite& suite, const Check& check) {
  if (check.known || check.verdict == Verdict::kInapplicable)
    ++suite.skipped;
  else if (check.verdict == Verdict::kFailed)
    ++suite.failures;
  else if (check.verdict == Verdict::kErrored)
    ++suite.errors;
}

Suite SuiteOf(const ScenarioResult& scenario) {
  Suite suite{.own = ChecksOfItsOwn(scenario)};
  std::map<std::string, int> named;
  const auto add = [&](const Check& check, const StepResult* step, int64_t took_us) {
    const int nth = ++named[check.id];
    suite.cases.push_back({.check = &check,
                           .step = step,
                           .name = nth == 1 ? check.id : check.id + " #" + std::to_string(nth),
                           .took_us = took_us});
    CountIn(suite, check);
  };
  for (const Check& check : suite.own) add(check, nullptr, 0);
  for (const StepResult& step : scenario.steps) {
    // A step is carried out once for all its checks: its first one carries the time.
    int64_t took_us = TookAtLeast(step.trace);
    for (const Check& check : step.checks) {
      add(check, &step, took_us);
      took_us = 0;
    }
  }
  return suite;
}

class JunitWriter {
 public:
  JunitWriter(const RunResult& run, std::ostream& out) : run_(run), out_(out) {
    // Scenarios count from the command; the run has started when the first of them did.
    first_start_us_ = FirstStart(run);
  }

  void Write() {
    const RunResult::Totals totals = run_.totals();
    const auto extra = static_cast<int64_t>(run_.unexpected_passes.size()) + Lost();
    const int64_t of_run = extra + (run_.error.empty() ? 0 : 1);
    out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites";
    Attribute("name", "iff " + run_.system);
    Attribute("tests", totals.checks() + of_run);
    Attribute("failures", totals.failed + extra);
    Attribute("errors", totals.errored + (run_.error.empty() ? 0 : 1));
    Attribute("skipped", totals.known + totals.inapplicable);
    Attribute("time", Seconds(run_.took_us));
    Attribute("timestamp", Later(run_.started, 0));
    out_ << ">\n";
    if (of_run > 0) WriteRun(of_run, extra);
    for (const ScenarioResult& scenario : run_.scenarios) WriteScenario(scenario);
    out_ << "</testsuites>\n";
  }

 private:
  template <class T>
  void Attribute(const char* name, const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      out_ << " " << name << "=\"" << value << "\"";
    } else {
      out_ << " " << name << "=\"" << Xml(value, true) << "\"";
    }
  }

  void Property(const std::string& name, const std::string& value) {
    if (value.empty()) return;
    out_ << "      <property";
    Attribute("name", name);
    Attribute("value", value);
    out_ << "/>\n";
  }

  void Properties(const ScenarioResult* scenario) {
    out_ << "    <properties>\n";
    Property("run", run_.id);
    Property("system", run_.system);
    Property("iff", run_.version);
    for (const ComponentRecord& component : run_.components) {
      Property("component." + component.name, component.version);
    }
    if (scenario != nullptr) {
      Property("target", scenario->target);
      Property("title", scenario->title);
      Property("principals", Listed(scenario->principals));
      Property("again", Again(run_.program, *scenario));
    }
    out_ << "    </properties>\n";
  }

  void Outcome(const char* element, const char* type, const std::string& message, const std::string& text) {
    out_ << "      <" << element;
    Attribute("message", message);
    if (type != nullptr) Attribute("type", std::string(type));
    out_ << (text.empty() ? "/>\n" : ">" + Xml(text, false) + "</" + element + ">\n");
  }

  // What concerns the run and no scenario: that it ended early, that a known failure passes.
  void WriteRun(int64_t tests, int64_t failures) {
    out_ << "  <testsuite";
    Attribute("name", std::string("run"));
    Attribute("tests", tests);
    Attribute("failures", failures);
    Attribute("errors", run_.error.empty() ? 0 : 1);
    Attribute("skipped", 0);
    Attribute("time", Seconds(0));
    Attribute("timestamp", Later(run_.started, 0));
    out_ << ">\n";
    Properties(nullptr);
    if (!run_.error.empty()) {
      out_ << "    <testcase name=\"run-is-carried-out\" classname=\"run\" time=\"0.000\">\n";
      Outcome("error", "errored", run_.error, "");
      out_ << "    </testcase>\n";
    }
    for (const std::string& passed : run_.unexpected_passes) {
      out_ << "    <testcase";
      Attribute("name", "known failure fails: " + passed);
      out_ << " classname=\"run\" time=\"0.000\">\n";
      Outcome("failure", "must", "listed as a known failure, but passes: take it off the list", "");
      out_ << "    </testcase>\n";
    }
    if (run_.compared) {
      for (const Difference& one : run_.compared->differences) {
        if (one.kind != Difference::Kind::kLost) continue;
        out_ << "    <testcase";
        Attribute("name", "still judged: " + one.scenario + " " + one.check);
        out_ << " classname=\"run\" time=\"0.000\">\n";
        Outcome("failure", "must", one.before + " in run " + run_.compared->run + ", not judged now", "");
        out_ << "    </testcase>\n";
      }
    }
    out_ << "  </testsuite>\n";
  }

  int64_t Lost() const { return run_.compared ? run_.compared->Count(Difference::Kind::kLost) : 0; }

  void WriteScenario(const ScenarioResult& scenario) {
    const Suite suite = SuiteOf(scenario);
    out_ << "  <testsuite";
    Attribute("name", scenario.id);
    Attribute("tests", suite.cases.size());
    Attribute("failures", suite.failures);
    Attribute("errors", suite.errors);
    Attribute("skipped", suite.skipped);
    Attribute("time", Seconds(scenario.took_us));
    Attribute("timestamp", Later(run_.started, scenario.started_us - first_start_us_));
    if (!scenario.file.empty()) Attribute("file", scenario.file);
    out_ << ">\n";
    Properties(&scenario);
    // The part before the last dot is what build servers group by.
    std::string classname = scenario.id;
    std::replace(classname.begin(), classname.end(), '/', '.');
    std::set<const StepResult*> told;
    for (const Case& one : suite.cases) WriteCase(scenario, classname, one, told);
    if (!scenario.logs.empty()) {
      out_ << "    <system-err>";
      for (const auto& [component, log] : scenario.logs) out_ << Xml("---- " + component + "\n" + log + "\n", false);
      out_ << "</system-err>\n";
    }
    out_ << "  </testsuite>\n";
  }

  void WriteCase(const ScenarioResult& scenario, const std::string& classname, const Case& one,
                 std::set<const StepResult*>& told) {
    const Check& check = *one.check;
    out_ << "    <testcase";
    Attribute("name", one.name);
    Attribute("classname", classname);
    Attribute("time", Seconds(one.took_us));
    if (!scenario.file.empty()) Attribute("file", scenario.file);
    if (one.step != nullptr && one.step->line > 0) Attribute("line", one.step->line);
    if (check.verdict == Verdict::kPassed) {
      out_ << "/>\n";
      return;
    }
    out_ << ">\n";
    const std::string reason = check.reason.empty() ? check.observed : check.reason;
    if (check.known) {
      Outcome("skipped", nullptr, "known failure: " + reason, "");
    } else if (check.verdict == Verdict::kInapplicable) {
      Outcome("skipped", nullptr, "inapplicable: " + reason, "");
    } else if (check.verdict == Verdict::kFailed) {
      Outcome("failure", check.level == Level::kMust ? "must" : "should", reason, Evidence(scenario, one));
    } else {
      Outcome("error", "errored", reason, Evidence(scenario, one));
    }
    const bool unexpected = !check.known && check.verdict != Verdict::kInapplicable;
    if (unexpected && one.step != nullptr) SystemOut(*one.step, one, told);
    out_ << "    </testcase>\n";
  }

  // The exchanges of a step are told once, with the first of its checks that did not pass.
  void SystemOut(const StepResult& step, const Case& one, std::set<const StepResult*>& told) {
    const std::string text = Told(one.step->trace);
    if (text.empty()) return;
    const bool first = told.insert(&step).second;
    out_ << "      <system-out>"
         << (first ? Xml("\n" + text, false)
                   : "what was sent and seen: at the first check of this step that did not pass")
         << "</system-out>\n";
  }

  std::string Evidence(const ScenarioResult& scenario, const Case& one) const {
    std::string text = "\n";
    const auto line = [&text](const std::string& label, const std::string& value) {
      if (!value.empty()) text += label + std::string(10 - label.size(), ' ') + value + "\n";
    };
    if (one.step != nullptr) line("step", one.step->title);
    line("expected", one.check->expected);
    line("observed", one.check->observed);
    line("clause", one.check->clause);
    line("at", SourcePlace(scenario, one.step == nullptr ? 0 : one.step->line));
    line("again", Again(run_.program, scenario));
    return text;
  }

  const RunResult& run_;
  std::ostream& out_;
  int64_t first_start_us_ = 0;
};

}  // namespace

void WriteJunit(const RunResult& run, std::ostream& out) { JunitWriter(run, out).Write(); }

}  // namespace iff
