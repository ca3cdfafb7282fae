#include "harness/run/known_failures.h"

#include <algorithm>

#include "harness/core/yaml.h"

namespace iff {
namespace {

std::string Day(WallTime now) { return Rfc3339(now).substr(0, 10); }

// Days are compared as text: another form would count for ever, or never.
bool IsDay(const std::string& text) {
  const std::string form = "dddd-dd-dd";
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char is, char wanted) {
           return wanted == 'd' ? is >= '0' && is <= '9' : is == wanted;
         });
}

}  // namespace

void MarkKnown(const std::vector<KnownFailure>& known, WallTime now, ScenarioResult& result) {
  const std::string today = Day(now);
  for (StepResult& step : result.steps) {
    for (Check& check : step.checks) {
      if (check.verdict != Verdict::kFailed) continue;
      check.known = std::any_of(known.begin(), known.end(), [&](const KnownFailure& each) {
        return each.scenario == result.id && each.check == check.id && today <= each.until;
      });
    }
  }
}

std::vector<std::string> UnexpectedPasses(const std::vector<KnownFailure>& known, WallTime now,
                                          const std::vector<ScenarioResult>& scenarios) {
  const std::string today = Day(now);
  std::vector<std::string> passed;
  for (const KnownFailure& each : known) {
    if (today > each.until) continue;
    for (const ScenarioResult& scenario : scenarios) {
      if (scenario.id != each.scenario) continue;
      for (const StepResult& step : scenario.steps) {
        for (const Check& check : step.checks) {
          if (check.id == each.check && check.verdict == Verdict::kPassed) {
            passed.push_back(scenario.id + " " + check.id);
          }
        }
      }
    }
  }
  std::sort(passed.begin(), passed.end());
  return passed;
}

std::vector<AcceptedCause> AcceptedCauses(const std::vector<KnownFailure>& known, WallTime now) {
  std::vector<AcceptedCause> accepted;
  for (const KnownFailure& each : known) {
    if (each.cause.empty() || Day(now) > each.until) continue;
    accepted.push_back({.name = each.cause, .target = each.target, .reason = each.reason, .until = each.until});
  }
  return accepted;
}

Result<std::vector<KnownFailure>> LoadKnownFailures(const std::string& path) {
  const Result<YamlFile> file = YamlFile::Load(path);  // JSON is YAML, and mistakes get their place
  std::vector<KnownFailure> known;
  if (!file.ok()) {
    if (file.error().kind() == ErrorKind::kSystem) return known;
    return file.error();
  }
  YamlReader reader(*file);
  for (const std::string& at : reader.Items("")) {
    const bool cause = reader.Has(at + "/cause");
    reader.Members(at, cause ? std::vector<std::string>{"cause", "target", "reason", "until"}
                             : std::vector<std::string>{"scenario", "check", "reason", "until"});
    known.push_back({.scenario = cause ? "" : reader.Text(at + "/scenario", true),
                     .check = cause ? "" : reader.Text(at + "/check", true),
                     .cause = cause ? reader.Text(at + "/cause", true) : "",
                     .target = cause ? reader.Text(at + "/target") : "",
                     .reason = reader.Text(at + "/reason", true),
                     .until = reader.Text(at + "/until", true)});
    if (!IsDay(known.back().until)) {
      reader.Mistake(at + "/until", "want the last day it is accepted, such as 2027-01-31");
    }
  }
  if (!reader.mistakes().empty()) return Error(ErrorKind::kInvalidInput, reader.mistakes());
  return known;
}

}  // namespace iff
