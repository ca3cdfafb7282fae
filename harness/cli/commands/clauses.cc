// `iff clauses [RUN]`: which clause of which document is answered by which checks, or why by none; with a stored run,
// what came of it. Exit code 1: a clause has neither a check nor a written exclusion, or a check no clause.
#include <algorithm>
#include <fstream>
#include <map>
#include <optional>

#include "harness/cli/carry.h"
#include "harness/cli/publish.h"
#include "harness/cli/stored.h"
#include "harness/run/bend.h"
#include "harness/scenario/clauses.h"

namespace iff {
namespace {

struct VerdictCount {
  int passed = 0;
  int failed = 0;
  int errored = 0;
};

// "suite/scenario:check" -> what came of it, over all targets.
std::map<std::string, VerdictCount> Counted(const RunResult& run) {
  std::map<std::string, VerdictCount> counts;
  for (const ScenarioResult& scenario : run.scenarios) {
    const std::string place = scenario.id.substr(0, scenario.id.find('@'));
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        VerdictCount& count = counts[place + ":" + check.id];
        if (check.verdict == Verdict::kPassed) ++count.passed;
        if (check.verdict == Verdict::kFailed) ++count.failed;
        if (check.verdict == Verdict::kErrored) ++count.errored;
      }
    }
  }
  return counts;
}

// "12 checks", or of a run "tested: 24 passed", "FAILED: 1 of 24", "not observed: 2 of 24 could not be judged".
std::string Standing(const Clause& clause, const std::optional<std::map<std::string, VerdictCount>>& counts) {
  if (!clause.excluded.empty()) return "excluded";
  if (!counts) return std::to_string(clause.checks.size()) + (clause.checks.size() == 1 ? " check" : " checks");
  VerdictCount all;
  for (const std::string& check : clause.checks) {
    const auto found = counts->find(check);
    if (found == counts->end()) continue;
    all.passed += found->second.passed;
    all.failed += found->second.failed;
    all.errored += found->second.errored;
  }
  const int sum = all.passed + all.failed + all.errored;
  if (sum == 0) return "not observed: not run";
  if (all.failed > 0) return "FAILED: " + std::to_string(all.failed) + " of " + std::to_string(sum);
  if (all.errored > 0) return "not observed: " + std::to_string(all.errored) + " of " + std::to_string(sum) + " could not be judged";
  return "tested: " + std::to_string(sum) + " passed";
}

std::string Padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

void SayAll(const char* what, const std::vector<std::string>& names, const std::function<void(std::string_view)>& say) {
  for (const std::string& name : names) say(std::string(what) + ": " + name);
}

Json AsJson(const Coverage& coverage, const std::optional<std::map<std::string, VerdictCount>>& counts) {
  Json list = Json::array();
  for (const Clause& clause : coverage.clauses) {
    Json one = {{"source", clause.source}, {"clause", clause.name}, {"says", clause.says},
                {"standing", Standing(clause, counts)}, {"checks", Json::array()}};
    for (const std::string& check : clause.checks) one["checks"].push_back(check);
    if (!clause.excluded.empty()) one["excluded"] = clause.excluded;
    list.push_back(std::move(one));
  }
  return list;
}

int Clauses(const Call& call) {
  const Options& options = call.options;
  const auto say = [&](std::string_view line) { call.voice.Say(line); };
  const SessionOptions session = SessionOptionsFor(call);
  const Result<System> system = LoadSystemFor(session);
  if (!system.ok()) return Complain(call.voice, system.error());
  const Result<std::vector<Suite>> suites = LoadAllSuites(session, *system, call.workshop.probes);
  if (!suites.ok()) return Complain(call.voice, suites.error());
  Result<std::vector<Clause>> clauses = LoadClauses(session.places.root + "/scenarios/clauses.yaml");
  if (!clauses.ok()) return Complain(call.voice, clauses.error());
  std::optional<std::map<std::string, VerdictCount>> counts;
  if (!options.path.empty()) {
    const Result<std::string> found = FindRun(options, session.places);
    if (!found.ok()) return Complain(call.voice, found.error());
    const Result<RunResult> run = ReadRun(*found);
    if (!run.ok()) return Complain(call.voice, run.error());
    counts = Counted(*run);
  }
  std::map<std::string, std::string> of_attack;
  for (const Attack& attack : AllAttacks()) of_attack[attack.id] = attack.clause;
  const Coverage coverage = Cover(std::move(clauses).value(), *suites, of_attack);
  if (!options.output.empty()) {
    std::ofstream out(options.output, std::ios::binary);
    out << ClausesTable(coverage);
    out.close();
    if (!out) return Complain(call.voice, Error(ErrorKind::kUnavailable, "write " + options.output + ": could not be written"));
  } else if (options.json) {
    say(DumpPretty(AsJson(coverage, counts)));
  } else {
    std::string source;
    for (const Clause& clause : coverage.clauses) {
      if (clause.source != source) say((source.empty() ? "" : "\n") + clause.source);
      source = clause.source;
      say("  " + Padded(clause.name, 58) + Padded(Standing(clause, counts), 24) + clause.says +
          (clause.excluded.empty() ? "" : " (" + clause.excluded + ")"));
    }
  }
  SayAll("neither checked nor excluded", coverage.empty, say);
  SayAll("excluded, and checked nevertheless", coverage.both, say);
  SayAll("no check fits", coverage.idle, say);
  SayAll("not listed", coverage.unknown, say);
  SayAll("answers to no clause", coverage.unanswered, say);
  const bool whole = coverage.empty.empty() && coverage.both.empty() && coverage.idle.empty() &&
                     coverage.unknown.empty() && coverage.unanswered.empty();
  return whole ? 0 : static_cast<int>(ExitCode::kFailed);
}

}  // namespace

Command ClausesCommand() {
  return {.name = "clauses",
          .summary = "which clause of which standard is answered by which checks, or why by none",
          .group = CommandGroup::kLook,
          .examples = {{"iff clauses --output docs/clauses.md", "after a change of checks or clauses"}},
          .declare = [](Options& options, Arguments& arguments) -> Deed {
            arguments = {{.names = "run", .into = &options.path, .takes = Takes::kRun,
                          .help = "a run's folder, its name or last: says what came of each clause"},
                         {.names = "--output,-o", .value = "FILE", .into = &options.output, .takes = Takes::kFile,
                          .help = "file for the table, in Markdown"}};
            return {.act = Clauses};
          }};
}

}  // namespace iff
