#include "harness/replay/judge_stored.h"

#include <functional>
#include <utility>

#include "harness/publish/stored_runs.h"
#include "harness/replay/judge_again.h"

namespace iff {
namespace {

// The scenario as it is now, where its steps are still those that were played; as it was, otherwise.
Result<Scenario> ScenarioFor(const ScenarioResult& stored, const Json& evidence, const std::vector<Suite>& suites,
                             const std::function<Result<Scenario>(const Json&)>& read) {
  const Json document = AtOr<Json>(evidence, "/scenario", nullptr);
  for (const Suite& suite : suites) {
    for (const Scenario& scenario : suite.scenarios) {
      if (scenario.id == stored.id && SameSteps(scenario.source, document)) return scenario;
    }
  }
  return read(document);
}

}  // namespace

Result<JudgedRun> JudgeStoredRun(const SessionOptions& session, const ProbeSet& probes, const std::string& folder) {
  JudgedRun judged{.run = TRY(ReadRun(folder))};
  const System system = TRY(LoadSystemFor(session));
  const std::vector<Suite> suites = TRY(LoadAllSuites(session, system, probes));
  for (ScenarioResult& stored : judged.run.scenarios) {
    if (!stored.inapplicable.empty()) continue;  // nothing was seen
    const std::string path = folder + "/" + ArtefactName("evidence", stored.id, ".json");
    const Json evidence = TRY(ReadEvidence(path));
    const Scenario scenario = TRY(ScenarioFor(stored, evidence, suites, [&](const Json& document) {
      return ReadScenarioOf(session, system, probes, document, path);
    }));
    JudgedAgain again = TRY(JudgeAgain(scenario, stored, evidence).While("judge " + stored.id + " again"));
    for (const StepResult& step : again.result.steps) judged.checks += step.checks.size();
    again.result.evidence = evidence;
    judged.scenarios.push_back({.id = stored.id, .differences = std::move(again.differences)});
    stored = std::move(again.result);
  }
  return judged;
}

}  // namespace iff
