#include "harness/cli/explain.h"

#include <algorithm>
#include <set>

#include "harness/conditions/registry.h"
#include "harness/core/plain.h"
#include "harness/core/yaml.h"
#include "harness/run/attacks.h"
#include "harness/steps/registry.h"

namespace iff {
namespace {

// One use of a check in a scenario.
struct Use {
  const Scenario* scenario = nullptr;
  const Step* step = nullptr;
  const Expectation* expectation = nullptr;
};

std::vector<Use> Uses(const std::vector<Suite>& suites) {
  std::vector<Use> all;
  for (const Suite& suite : suites) {
    for (const Scenario& scenario : suite.scenarios) {
      for (const Step& step : scenario.steps) {
        for (const Expectation& expectation : step.expect) all.push_back({&scenario, &step, &expectation});
      }
    }
  }
  return all;
}

std::string AttackOf(const Step& step) { return EffectsOf(step.action).attack; }

const Attack* FindAttack(const std::string& id) {
  for (const Attack& attack : AllAttacks()) {
    if (attack.id == id) return &attack;
  }
  return nullptr;
}

void TellClause(const std::string& clause, const Explanations& words, std::vector<std::string>& lines) {
  if (clause.empty()) return;
  const auto says = words.clauses.find(clause);
  lines.push_back("clause   " + clause + (says == words.clauses.end() ? "" : ": " + says->second));
}

void TellAttack(const Attack& attack, const Explanations& words, std::vector<std::string>& lines) {
  lines.push_back("attack   " + attack.id + " (" + attack.row + "): " + attack.title);
  const auto family = words.rows.find(attack.row);
  if (family != words.rows.end()) {
    lines.push_back("how      " + family->second.plain);
    lines.push_back("risk     " + family->second.risk);
    lines.push_back("fix      " + family->second.fix);
  }
  TellClause(attack.clause, words, lines);
  if (attack.by_policy)
    lines.push_back("note     no clause forbids taking it; a strict policy does, and this one is strict");
}

// What is usually wrong where the check fails, the narrowest first: what trips many checks says little about one.
void TellCauses(const std::string& check, const Explanations& words, std::vector<std::string>& lines) {
  std::vector<std::pair<size_t, const Cause*>> causes;
  for (const Cause& cause : words.causes) {
    size_t narrowest = 0;
    for (const std::set<std::string>& pattern : cause.patterns) {
      if (pattern.contains(check) && (narrowest == 0 || pattern.size() < narrowest)) narrowest = pattern.size();
    }
    if (narrowest > 0) causes.emplace_back(narrowest, &cause);
  }
  std::stable_sort(causes.begin(), causes.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  constexpr size_t kMost = 3;
  for (size_t i = 0; i < std::min(causes.size(), kMost); ++i) {
    lines.push_back("cause    " + causes[i].second->name + ": " + causes[i].second->says);
  }
}

std::vector<std::string> ExplainCause(const Cause& cause, const Explanations& words, const std::vector<Suite>& suites) {
  std::vector<std::string> lines = {cause.name + ": a cause (" + std::string(Name(cause.gravity)) + ")",
                                    "means    " + cause.says, "fix      " + cause.fix};
  TellClause(cause.clause, words, lines);
  for (const std::string& mutant : cause.mutants) lines.push_back("shown    by mutant " + mutant);
  for (const auto& [example, checks] : cause.examples) lines.push_back("shown    by examples/" + example);
  std::set<std::string> checks;
  for (const std::set<std::string>& pattern : cause.patterns) checks.insert(pattern.begin(), pattern.end());
  for (const std::string& check : checks) lines.push_back("check    " + check);
  std::set<std::string> scenarios;
  for (const Use& use : Uses(suites)) {
    if (!checks.contains(use.expectation->check)) continue;
    scenarios.insert(use.scenario->id.substr(0, use.scenario->id.find('@')));
  }
  for (const std::string& scenario : scenarios) lines.push_back("run      iff run " + ShellWord(scenario));
  return lines;
}

std::vector<std::string> ExplainCheck(const std::string& id, const Explanations& words,
                                      const std::vector<Suite>& suites) {
  std::vector<std::string> lines;
  std::set<std::string> told;
  for (const Use& use : Uses(suites)) {
    if (use.expectation->check != id) continue;
    const std::string plain = use.scenario->id.substr(0, use.scenario->id.find('@'));
    if (!told.insert(plain).second) continue;
    if (lines.empty()) {
      const ConditionWord& kind = WordOf(use.expectation->condition);
      lines.push_back(id + ": a check (" + (use.expectation->must ? "must" : "should") + ")");
      lines.push_back("means    " + std::string(kind.means));
      const Attack* attack = FindAttack(AttackOf(*use.step));
      const auto finding = words.findings.find(NeedsOf(use.expectation->condition).finding);
      if (finding != words.findings.end()) lines.push_back("finding  " + finding->second);
      if (attack != nullptr) TellAttack(*attack, words, lines);
      lines.push_back((attack == nullptr ? "fix      " : "look     ") + std::string(kind.fix));
      TellClause(use.expectation->clause, words, lines);
      TellCauses(id, words, lines);
    }
    lines.push_back("in       " + plain + " (" + use.scenario->file + ":" + std::to_string(use.expectation->line) +
                    "): " + use.scenario->title);
    lines.push_back("run      iff run " + ShellWord(plain));
  }
  return lines;
}

}  // namespace

Result<Explanations> LoadExplanations(const std::string& root) {
  const YamlFile file = TRY(YamlFile::Load(root + "/docs/explanations.yaml"));
  YamlReader in(file);
  Explanations words;
  in.Members("", {"attacks", "clauses", "findings"});
  for (const std::string& at : in.Items("/attacks")) {
    in.Members(at, {"rows", "plain", "risk", "fix"});
    const Explanations::Family family{
        .plain = in.Text(at + "/plain", true), .risk = in.Text(at + "/risk", true), .fix = in.Text(at + "/fix", true)};
    for (const std::string& row : in.Texts(at + "/rows")) {
      if (!words.rows.emplace(row, family).second) in.Mistake(at + "/rows", "row " + row + " is explained already");
    }
  }
  for (const auto& [name, at] : in.Entries("/clauses")) words.clauses[name] = in.Text(at, true);
  for (const auto& [name, at] : in.Entries("/findings")) words.findings[name] = in.Text(at, true);
  if (!in.mistakes().empty()) return Error(ErrorKind::kInvalidInput, in.mistakes());
  words.causes = TRY(LoadCauses(root)).causes;
  return words;
}

Result<std::vector<std::string>> Explain(const std::string& topic, const Explanations& words,
                                         const std::vector<Suite>& suites) {
  std::vector<std::string> lines = ExplainCheck(topic, words, suites);
  if (!lines.empty()) return lines;
  for (const Cause& cause : words.causes) {
    if (cause.name == topic) return ExplainCause(cause, words, suites);
  }
  if (const Attack* attack = FindAttack(topic)) {
    lines.push_back(topic + ": an attack");
    TellAttack(*attack, words, lines);
    std::set<std::string> checks;
    for (const Use& use : Uses(suites)) {
      if (AttackOf(*use.step) == topic) checks.insert(use.expectation->check);
    }
    for (const std::string& check : checks) lines.push_back("check    " + check);
    return lines;
  }
  if (const auto clause = words.clauses.find(topic); clause != words.clauses.end()) {
    lines.push_back(topic + ": a clause");
    lines.push_back("says     " + clause->second);
    std::set<std::string> answering;
    for (const Use& use : Uses(suites)) {
      const Attack* attack = FindAttack(AttackOf(*use.step));
      if (use.expectation->clause == topic || (attack != nullptr && attack->clause == topic)) {
        answering.insert(use.expectation->check);
      }
    }
    for (const std::string& check : answering) lines.push_back("check    " + check);
    return lines;
  }
  if (const auto finding = words.findings.find(topic); finding != words.findings.end()) {
    return std::vector<std::string>{topic + ": a finding of a probe", "means    " + finding->second};
  }
  for (const ConditionWord* kind : ConditionWords()) {
    if (kind->word != topic) continue;
    return std::vector<std::string>{topic + ": a kind of expectation", "means    " + std::string(kind->means),
                                    "fix      " + std::string(kind->fix)};
  }
  return Error(ErrorKind::kInvalidInput, "nothing to explain is called '" + topic + "'" +
                                             DidYouMean(topic, Topics(words, suites)) +
                                             ": name a check, a cause, an attack, a clause or a finding");
}

std::vector<std::string> Topics(const Explanations& words, const std::vector<Suite>& suites) {
  std::set<std::string> topics;
  for (const Use& use : Uses(suites)) topics.insert(use.expectation->check);
  for (const Attack& attack : AllAttacks()) topics.insert(attack.id);
  for (const Cause& cause : words.causes) topics.insert(cause.name);
  for (const ConditionWord* kind : ConditionWords()) topics.emplace(kind->word);
  for (const auto& [name, text] : words.clauses) topics.insert(name);
  for (const auto& [name, text] : words.findings) topics.insert(name);
  return {topics.begin(), topics.end()};
}

std::vector<std::string> Unexplained(const Explanations& words, const std::vector<Suite>& suites) {
  std::set<std::string> missing;
  const auto clause_of = [&](const std::string& clause) {
    if (!clause.empty() && !words.clauses.contains(clause)) missing.insert("clause " + clause);
  };
  for (const Use& use : Uses(suites)) {
    clause_of(use.expectation->clause);
    const std::string finding = NeedsOf(use.expectation->condition).finding;
    if (!finding.empty() && !words.findings.contains(finding)) missing.insert("finding " + finding);
    const std::string id = AttackOf(*use.step);
    if (id.empty()) continue;
    const Attack* attack = FindAttack(id);
    if (attack == nullptr || !words.rows.contains(attack->row)) {
      missing.insert("attack " + id + (attack == nullptr ? "" : " (" + attack->row + ")"));
      continue;
    }
    clause_of(attack->clause);
  }
  for (const Cause& cause : words.causes) clause_of(cause.clause);
  return {missing.begin(), missing.end()};
}

}  // namespace iff
