#include "harness/scenario/clauses.h"

#include <algorithm>
#include <map>
#include <utility>

#include "harness/core/yaml.h"
#include "harness/steps/registry.h"

namespace iff {
namespace {

template <class T>
std::vector<std::string> Names(const std::set<T>& names) {
  return {names.begin(), names.end()};
}

}  // namespace

// "tokens/scopes:check" for the pattern "tokens/scopes", "tokens" and "tokens/*:check".
bool Selects(const std::string& pattern, const std::string& scenario, const std::string& check) {
  const size_t colon = pattern.find(':');
  const std::string place = pattern.substr(0, colon);
  if (colon != std::string::npos && !Fits(pattern.substr(colon + 1), check)) return false;
  return Fits(place, scenario) || Fits(place + "/*", scenario);
}

bool Fits(const std::string& pattern, const std::string& text) {
  size_t at = 0;    // in the text
  size_t next = 0;  // in the pattern
  size_t star = std::string::npos;
  size_t resume = 0;
  while (at < text.size()) {
    if (next < pattern.size() && pattern[next] == '*') {
      star = next++;
      resume = at;
    } else if (next < pattern.size() && pattern[next] == text[at]) {
      ++next;
      ++at;
    } else if (star != std::string::npos) {
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (next < pattern.size() && pattern[next] == '*') ++next;
  return next == pattern.size();
}

Result<std::vector<Clause>> LoadClauses(const std::string& path) {
  const YamlFile file = TRY(YamlFile::Load(path));
  YamlReader reader(file);
  std::vector<Clause> clauses;
  std::set<std::string> names;
  for (const std::string& at : reader.Items("")) {
    reader.Members(at, {"source", "clauses"});
    const std::string source = reader.Text(at + "/source", true);
    for (const std::string& each : reader.Items(at + "/clauses")) {
      reader.Members(each, {"clause", "says", "checks", "excluded"});
      Clause clause{.source = source,
                    .name = reader.Text(each + "/clause", true),
                    .says = reader.Text(each + "/says", true),
                    .excluded = reader.Text(each + "/excluded"),
                    .patterns = reader.Texts(each + "/checks")};
      if (!names.insert(clause.name).second) reader.Mistake(each + "/clause", "listed twice: " + clause.name);
      clauses.push_back(std::move(clause));
    }
  }
  if (!reader.mistakes().empty()) return Error(ErrorKind::kInvalidInput, reader.mistakes());
  return clauses;
}

Coverage Cover(std::vector<Clause> clauses, const std::vector<Suite>& suites,
               const std::map<std::string, std::string>& of_attack) {
  Coverage coverage;
  std::set<std::string> unanswered;
  std::set<std::string> unknown;
  std::set<std::string> used;  // patterns
  for (const Suite& suite : suites) {
    for (const Scenario& scenario : suite.scenarios) {
      const std::string place = scenario.id.substr(0, scenario.id.find('@'));
      for (const Step& step : scenario.steps) {
        const std::string attack = EffectsOf(step.action).attack;
        for (const Expectation& expectation : step.expect) {
          std::set<std::string> named;
          if (!expectation.clause.empty()) named.insert(expectation.clause);
          if (of_attack.contains(attack)) named.insert(of_attack.at(attack));
          const std::string check = place + ":" + expectation.check;
          bool answered = false;
          for (Clause& clause : clauses) {
            bool fits = named.erase(clause.name) > 0;
            for (const std::string& pattern : clause.patterns) {
              if (!Selects(pattern, place, expectation.check)) continue;
              fits = true;
              used.insert(clause.name + ": " + pattern);
            }
            if (fits) clause.checks.insert(check);
            answered = answered || fits;
          }
          unknown.insert(named.begin(), named.end());
          if (!answered) unanswered.insert(check);
        }
      }
    }
  }
  for (const Clause& clause : clauses) {
    if (clause.checks.empty() && clause.excluded.empty()) coverage.empty.push_back(clause.name);
    if (!clause.checks.empty() && !clause.excluded.empty()) coverage.both.push_back(clause.name);
    for (const std::string& pattern : clause.patterns) {
      if (!used.contains(clause.name + ": " + pattern)) coverage.idle.push_back(clause.name + ": " + pattern);
    }
  }
  coverage.clauses = std::move(clauses);
  coverage.unanswered = Names(unanswered);
  coverage.unknown = Names(unknown);
  return coverage;
}

std::string ClausesTable(const Coverage& coverage) {
  size_t answered = 0;
  for (const Clause& clause : coverage.clauses) answered += clause.checks.empty() ? 0U : 1U;
  std::string text =
      "# Which clause is answered by which checks\n\nMade by `./iff clauses --output docs/clauses.md` from "
      "[scenarios/clauses.yaml](../scenarios/clauses.yaml) and the suites; a test\nholds it to them. `./iff "
      "clauses RUN` says what came of each in a run.\n\n" +
      std::to_string(coverage.clauses.size()) + " clauses: " + std::to_string(answered) + " with checks, " +
      std::to_string(coverage.clauses.size() - answered) + " left out with a reason.\n";
  std::string source;
  for (const Clause& clause : coverage.clauses) {
    if (clause.source != source)
      text += "\n## " + clause.source + "\n\n| clause | says | answered by |\n|---|---|---|\n";
    source = clause.source;
    std::map<std::string, size_t> scenarios;
    for (const std::string& check : clause.checks) ++scenarios[check.substr(0, check.find(':'))];
    std::string by = clause.excluded.empty() ? "" : "left out: " + clause.excluded;
    for (const auto& [scenario, checks] : scenarios) {
      by += (by.empty() ? "" : ", ") + scenario + " (" + std::to_string(checks) + ")";
    }
    text += "| " + clause.name + " | " + clause.says + " | " + by + " |\n";
  }
  return text;
}

}  // namespace iff
