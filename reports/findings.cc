#include "reports/findings.h"

#include <algorithm>
#include <optional>

#include "reports/wording.h"

namespace iff {
namespace {

std::optional<Severity> SeverityOf(const Check& check) {
  if (check.known) return Severity::kKnown;
  if (check.verdict == Verdict::kErrored) return Severity::kUnjudged;
  if (check.verdict != Verdict::kFailed) return std::nullopt;
  return check.level == Level::kMust ? Severity::kDemand : Severity::kRecommendation;
}

constexpr size_t kMostAskers = 3;  // of a step with a crowd in it; the scenario has them all

}  // namespace

std::string_view Name(Severity severity) {
  switch (severity) {
    case Severity::kDemand: return "demand broken";
    case Severity::kRecommendation: return "recommendation not followed";
    case Severity::kUnjudged: return "not judged";
    case Severity::kKnown: return "known failure";
  }
  return "";
}

std::vector<ReportedFinding> FindingsOf(const RunResult& run) {
  std::vector<ReportedFinding> findings;
  const auto add = [&findings](const ScenarioResult& scenario, const StepResult* step, const Check& check) {
    const std::optional<Severity> severity = SeverityOf(check);
    if (severity) findings.push_back({.severity = *severity, .scenario = &scenario, .step = step, .check = check});
  };
  for (const ScenarioResult& scenario : run.scenarios) {
    for (const Check& check : ChecksOfItsOwn(scenario)) add(scenario, nullptr, check);
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) add(scenario, &step, check);
    }
  }
  std::stable_sort(findings.begin(), findings.end(), [](const ReportedFinding& a, const ReportedFinding& b) {
    return a.severity < b.severity;
  });
  return findings;
}

std::string Asked(const ScenarioResult& scenario, const StepResult& step) {
  std::vector<std::string> all;
  for (const Exchange& exchange : step.trace.exchanges) {
    if (exchange.lane != scenario.target) continue;
    std::string title = exchange.title;
    if (!exchange.actor.empty() && title.starts_with(exchange.actor + " ")) title.erase(0, exchange.actor.size() + 1);
    const std::string one = (exchange.actor.empty() ? "nobody" : exchange.actor) +
                            (exchange.credential.empty() ? "" : " with " + exchange.credential) + ": " + title +
                            (exchange.status == 0 ? ", not answered" : ", answered " + std::to_string(exchange.status));
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
  }
  std::string told;
  for (size_t i = 0; i < std::min(all.size(), kMostAskers); ++i) told += (i > 0 ? "; " : "") + all[i];
  if (all.size() > kMostAskers) told += "; and " + std::to_string(all.size() - kMostAskers) + " more";
  return told;
}

}  // namespace iff
