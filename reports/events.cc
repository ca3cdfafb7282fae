#include "reports/events.h"

#include <algorithm>
#include <vector>

#include "harness/core/plain.h"
#include "reports/ascii.h"
#include "reports/wording.h"

namespace iff {
namespace {

// The kind of event leads its line, whatever the order of the others.
std::string Line(const std::string& event, const Json& members) {
  const std::string text = AsciiJson(members);
  return "{\"event\":\"" + event + "\"," + text.substr(1) + "\n";
}

}  // namespace

std::string RunStartedEvent(const std::string& system, const std::string& command, size_t scenarios) {
  return Line(
      "run-started",
      {{"schema", "iff-events-1"}, {"system", Plain(system)}, {"command", Plain(command)}, {"scenarios", scenarios}});
}

std::string ScenarioStartedEvent(const std::string& id, const std::string& title) {
  return Line("scenario-started", {{"scenario", Plain(id)}, {"title", Plain(title)}});
}

std::string ScenarioFinishedEvents(const ScenarioResult& scenario, size_t done, size_t of) {
  std::string lines;
  const auto tell = [&](const Check& check, const StepResult* step) {
    Json members = {{"scenario", Plain(scenario.id)},
                    {"check", Plain(check.id)},
                    {"level", Name(check.level)},
                    {"verdict", check.known ? "known" : Name(check.verdict)}};
    const auto add = [&members](const char* name, const std::string& value) {
      if (!value.empty()) members[name] = Plain(value);
    };
    if (check.verdict != Verdict::kPassed) {
      add("reason", check.reason);
      add("expected", check.expected);
      add("observed", check.observed);
      add("clause", check.clause);
      if (step != nullptr) add("at", SourcePlace(scenario, step->line));
    }
    lines += Line("check", members);
  };
  for (const Check& check : ChecksOfItsOwn(scenario)) tell(check, nullptr);
  for (const StepResult& step : scenario.steps) {
    for (const Check& check : step.checks) tell(check, &step);
  }
  return lines + Line("scenario-finished", {{"scenario", Plain(scenario.id)},
                                            {"verdict", Name(scenario.verdict())},
                                            {"took_us", scenario.took_us},
                                            {"done", done},
                                            {"of", of}});
}

std::string RunFinishedEvent(const RunResult& run) {
  const RunResult::Totals totals = run.totals();
  return Line("run-finished", {{"run", Plain(run.id)},
                               {"exit_code", static_cast<int>(run.exit_code())},
                               {"headline", Plain(Headline(run))},
                               {"took_us", run.took_us},
                               {"totals",
                                {{"checks", totals.checks()},
                                 {"passed", totals.passed},
                                 {"failed", totals.failed},
                                 {"known", totals.known},
                                 {"errored", totals.errored},
                                 {"inapplicable", totals.inapplicable}}}});
}

void WriteEvents(const RunResult& run, std::ostream& out) {
  std::vector<const ScenarioResult*> scenarios;
  for (const ScenarioResult& scenario : run.scenarios) scenarios.push_back(&scenario);
  std::stable_sort(scenarios.begin(), scenarios.end(),
                   [](const ScenarioResult* a, const ScenarioResult* b) { return a->started_us < b->started_us; });
  out << RunStartedEvent(run.system, run.command, scenarios.size());
  for (size_t i = 0; i < scenarios.size(); ++i) {
    out << ScenarioStartedEvent(scenarios[i]->id, scenarios[i]->title)
        << ScenarioFinishedEvents(*scenarios[i], i + 1, scenarios.size());
  }
  out << RunFinishedEvent(run);
}

}  // namespace iff
