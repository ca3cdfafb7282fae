#include "reports/findings.h"

#include <algorithm>
#include <cctype>
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

// "alice.token#1" -> "ALICE_TOKEN_1"
std::string VariableFor(const std::string& alias) {
  std::string name;
  for (const char c : alias) {
    const auto letter = static_cast<unsigned char>(c);
    if (letter < 128 && std::isalnum(letter) != 0)
      name += static_cast<char>(std::toupper(letter));
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  return name;
}

// As a shell takes it for one word, with {{alias}} as a variable.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t end = text.compare(i, 2, "{{") == 0 ? text.find("}}", i) : std::string::npos;
    const std::string variable = end == std::string::npos ? "" : VariableFor(text.substr(i + 2, end - i - 2));
    if (!variable.empty() && text.find_first_of("{}", i + 2) == end) {
      quoted += "'\"$" + variable + "\"'";
      i = end + 1;
    } else {
      quoted += text[i] == '\'' ? std::string("'\\''") : std::string(1, text[i]);
    }
  }
  return quoted + "'";
}

bool IsOfTheHop(const std::string& header) {
  std::string lower;
  for (const char c : header) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower == "host" || lower == "content-length" || lower == "connection" || lower == "accept-encoding";
}

constexpr size_t kMostAskers = 3;  // of a step with a crowd in it; the scenario has them all

}  // namespace

std::string_view Name(Severity severity) {
  switch (severity) {
    case Severity::kDemand:
      return "demand broken";
    case Severity::kRecommendation:
      return "recommendation not followed";
    case Severity::kUnjudged:
      return "not judged";
    case Severity::kKnown:
      return "known failure";
  }
  return "";
}

std::string ReasonOf(const Check& check) {
  return check.reason.empty() ? check.observed + " instead of " + check.expected : check.reason;
}

CauseIndex::CauseIndex(const RunResult& run) {
  for (const NamedCause& cause : run.causes) {
    for (const std::string& check : cause.checks) causes_.try_emplace({cause.target, check}, &cause);
  }
}

const NamedCause* CauseIndex::Of(const ScenarioResult& scenario, const Check& check) const {
  if (check.verdict != Verdict::kFailed || check.known) return nullptr;
  const auto found = causes_.find({scenario.target, check.id});
  return found == causes_.end() ? nullptr : found->second;
}

std::vector<ReportedFinding> FindingsOf(const RunResult& run) {
  std::vector<ReportedFinding> findings;
  const CauseIndex causes(run);
  const auto add = [&](const ScenarioResult& scenario, const StepResult* step, const Check& check) {
    const std::optional<Severity> severity = SeverityOf(check);
    if (!severity) return;
    findings.push_back({.severity = *severity,
                        .scenario = &scenario,
                        .step = step,
                        .check = check,
                        .cause = causes.Of(scenario, check)});
  };
  for (const ScenarioResult& scenario : run.scenarios) {
    for (const Check& check : ChecksOfItsOwn(scenario)) add(scenario, nullptr, check);
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) add(scenario, &step, check);
    }
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const ReportedFinding& a, const ReportedFinding& b) { return a.severity < b.severity; });
  return findings;
}

std::vector<ReportedFinding> OneForEachAnswer(std::vector<ReportedFinding> findings) {
  std::vector<ReportedFinding> joined;
  std::map<std::pair<const StepResult*, int64_t>, size_t> of_answer;  // place in `joined`
  for (ReportedFinding& finding : findings) {
    const bool failed = finding.severity == Severity::kDemand || finding.severity == Severity::kRecommendation;
    if (failed && finding.cause == nullptr && finding.check.exchange > 0) {
      const auto [first, is_new] = of_answer.try_emplace({finding.step, finding.check.exchange}, joined.size());
      if (!is_new) {
        joined[first->second].also.push_back(std::move(finding.check));
        continue;
      }
    }
    joined.push_back(std::move(finding));
  }
  return joined;
}

std::string Asked(const ScenarioResult& scenario, const StepResult& step) {
  std::vector<std::string> all;
  for (const Exchange& exchange : step.trace.exchanges) {
    if (exchange.lane != step.WentTo(scenario.target)) continue;
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

std::string CurlLine(const ScenarioResult& scenario, const StepResult& step, const Check& check) {
  const auto& all = step.trace.exchanges;
  // What was written byte by byte has no headers of its own.
  const auto writable = [](const Exchange& exchange) {
    return !exchange.method.empty() && !exchange.request_headers.empty();
  };
  const Exchange* shown = nullptr;
  if (check.exchange > 0 && static_cast<uint64_t>(check.exchange) <= all.size()) {
    shown = &all[static_cast<size_t>(check.exchange) - 1];
    if (!writable(*shown)) return "";
  } else {
    const auto last = std::find_if(all.rbegin(), all.rend(), [&](const Exchange& exchange) {
      return exchange.lane == step.WentTo(scenario.target) && writable(exchange);
    });
    if (last == all.rend()) return "";
    shown = &*last;
  }
  std::string line =
      "curl -sS -i -X " + Quoted(shown->method) + " \"$" + VariableFor(shown->lane) + "_URL\"" + Quoted(shown->target);
  for (const auto& [name, value] : shown->request_headers) {
    if (!IsOfTheHop(name)) line += " -H " + Quoted(name + ": " + value);
  }
  constexpr size_t kMost = 2000;
  if (shown->request_body.size() > kMost) return line + " --data-raw '... (the whole body is in result.json)'";
  return line + (shown->request_body.empty() ? "" : " --data-raw " + Quoted(shown->request_body));
}

}  // namespace iff
