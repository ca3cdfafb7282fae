// `iff clauses [RUN]`: which clause of which document is answered by which checks, or why by none; with a stored run,
// what came of it. Exit code 1: a clause has neither a check nor a written exclusion, or a check no clause.
#include <fstream>
#include <functional>

#include "harness/cli/dispatch.h"
#include "harness/cli/stored.h"
#include "harness/publish/publish.h"
#include "harness/publish/stored_runs.h"
#include "harness/run/standing.h"
#include "harness/session/coverage.h"

namespace iff {
namespace {

// "12 checks", or what a run says: "tested: 24 passed".
using StandingAt = std::function<std::string(size_t index, const Clause& clause)>;

std::string WithoutRun(const Clause& clause) {
  if (!clause.excluded.empty()) return "excluded";
  return std::to_string(clause.checks.size()) + (clause.checks.size() == 1 ? " check" : " checks");
}

std::string Padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

void SayAll(const char* what, const std::vector<std::string>& names, const std::function<void(std::string_view)>& say) {
  for (const std::string& name : names) say(std::string(what) + ": " + name);
}

Json AsJson(const Coverage& coverage, const StandingAt& standing) {
  Json list = Json::array();
  for (size_t i = 0; i < coverage.clauses.size(); ++i) {
    const Clause& clause = coverage.clauses[i];
    Json one = {{"source", clause.source},
                {"clause", clause.name},
                {"says", clause.says},
                {"standing", standing(i, clause)},
                {"checks", Json::array()}};
    for (const std::string& check : clause.checks) one["checks"].push_back(check);
    if (!clause.excluded.empty()) one["excluded"] = clause.excluded;
    list.push_back(std::move(one));
  }
  return list;
}

int Clauses(const Call& call) {
  const Options& options = call.options;
  const auto say = [&](std::string_view line) { call.console.Say(line); };
  const SessionOptions session = SessionOptionsFor(call);
  const Result<System> system = LoadSystemFor(session);
  if (!system.ok()) return Complain(call.console, system.error());
  const Result<std::vector<Suite>> suites = LoadAllSuites(session, *system, call.services.probes);
  if (!suites.ok()) return Complain(call.console, suites.error());
  const Result<Coverage> loaded = CoverageOf(*suites, session.places);
  if (!loaded.ok()) return Complain(call.console, loaded.error());
  const Coverage& coverage = *loaded;
  std::vector<Standing> standings;
  if (!options.path.empty()) {
    const Result<std::string> found = FindRun(options, session.places);
    if (!found.ok()) return Complain(call.console, found.error());
    Result<RunResult> run = ReadRun(*found);
    if (!run.ok()) return Complain(call.console, run.error());
    run->clauses = HeldClauses(coverage);  // as the files say now
    standings = StandingsOf(*run);
  }
  const StandingAt standing = [&](size_t index, const Clause& clause) {
    return standings.empty() ? WithoutRun(clause) : clause.excluded.empty() ? Told(standings[index]) : "excluded";
  };
  if (!options.output.empty()) {
    std::ofstream out(options.output, std::ios::binary);
    out << ClausesTable(coverage);
    out.close();
    if (!out)
      return Complain(call.console,
                      Error(ErrorKind::kUnavailable, "write " + options.output + ": could not be written"));
  } else if (options.json) {
    say(DumpPretty(AsJson(coverage, standing)));
  } else {
    std::string source;
    for (size_t i = 0; i < coverage.clauses.size(); ++i) {
      const Clause& clause = coverage.clauses[i];
      if (clause.source != source) say((source.empty() ? "" : "\n") + clause.source);
      source = clause.source;
      say("  " + Padded(clause.name, 58) + Padded(standing(i, clause), 24) + clause.says +
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
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            arguments = {{.names = "run",
                          .into = &options.path,
                          .takes = Takes::kRun,
                          .help = "a run's folder, its name or last: says what came of each clause"},
                         {.names = "--output,-o",
                          .value = "FILE",
                          .into = &options.output,
                          .takes = Takes::kFile,
                          .help = "file for the table, in Markdown"}};
            return {.act = Clauses};
          }};
}

}  // namespace iff
