#include "harness/cli/mutants.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "harness/core/yaml.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

// What a mutant's README claims: the targets it is a variant of, the suites or scenarios it is run against
// (all when it names none), and the checks of those that notice it.
struct Claim {
  std::string name = {};
  std::string fault = {};
  std::vector<std::string> targets = {};
  std::vector<std::string> suites = {};
  std::set<std::string> caught_by = {};
  std::set<std::string> sometimes = {};  // may fail as well, as the moment has it: races
};

// `words` between backquotes in `line`.
std::vector<std::string> Quoted(const std::string& line) {
  std::vector<std::string> words;
  for (size_t begin = line.find('`'); begin != std::string::npos; begin = line.find('`', begin)) {
    const size_t end = line.find('`', begin + 1);
    if (end == std::string::npos) break;
    words.push_back(line.substr(begin + 1, end - begin - 1));
    begin = end + 1;
  }
  return words;
}

Result<Claim> ReadClaim(const fs::path& folder) {
  Claim claim{.name = folder.filename().string()};
  std::ifstream in(folder / "README.md");
  if (!in) return Error(ErrorKind::kInvalidInput, "mutant " + claim.name + ": no README.md");
  std::set<std::string>* list = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("Targets:")) claim.targets = Quoted(line);
    if (line.starts_with("Suites:")) claim.suites = Quoted(line);
    if (line.starts_with("Fault:")) claim.fault = line.substr(7);
    if (line.starts_with("Caught by")) list = &claim.caught_by;
    if (line.starts_with("Sometimes also by")) list = &claim.sometimes;
    if (list != nullptr && line.starts_with("- ")) {
      for (const std::string& check : Quoted(line)) list->insert(check);
    }
  }
  if (claim.targets.empty() || claim.caught_by.empty() || claim.fault.empty()) {
    return Error(ErrorKind::kInvalidInput,
                 "mutant " + claim.name + ": its README needs 'Fault: ...', 'Targets: `jira`' and a list under 'Caught by'");
  }
  return claim;
}

Result<std::vector<Claim>> ReadClaims(const std::string& root, const std::vector<std::string>& wanted) {
  std::vector<fs::path> folders;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(root + "/servers/mutants", problem)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  if (problem) return SystemError("read servers/mutants", problem.value());
  std::sort(folders.begin(), folders.end());
  std::vector<std::string> names;
  std::vector<Claim> claims;
  for (const fs::path& folder : folders) {
    names.push_back(folder.filename().string());
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), names.back()) != wanted.end()) {
      claims.push_back(TRY(ReadClaim(folder)));
    }
  }
  for (const std::string& name : wanted) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return Error(ErrorKind::kInvalidInput, "no mutant called '" + name + "'" + DidYouMean(name, names));
    }
  }
  return claims;
}

std::string Listed(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::set<std::string> Without(const std::set<std::string>& from, const std::set<std::string>& what) {
  std::set<std::string> rest;
  std::set_difference(from.begin(), from.end(), what.begin(), what.end(), std::inserter(rest, rest.end()));
  return rest;
}

struct Outcome {
  std::set<std::string> failed = {};
  std::set<std::string> errored = {};
  std::set<std::string> judged = {};
};

Outcome Sort(const RunResult& run) {
  Outcome outcome;
  for (const ScenarioResult& scenario : run.scenarios) {
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        outcome.judged.insert(check.id);
        if (check.verdict == Verdict::kFailed) outcome.failed.insert(check.id);
        if (check.verdict == Verdict::kErrored) outcome.errored.insert(check.id);
      }
    }
  }
  return outcome;
}

}  // namespace

int Mutants(Session& session, const Options& options, const std::atomic<bool>& cancelled,
            const std::function<void(std::string_view)>& say) {
  const Result<std::vector<Claim>> claims = ReadClaims(session.options().places.root, options.selectors);
  if (!claims.ok()) {
    say("iff: " + claims.error().message());
    return static_cast<int>(ExitCode::kUsage);
  }
  std::map<std::string, std::set<std::string>> tripped_by;  // check -> mutants
  std::set<std::string> all_checks;
  int code = 0;
  size_t killed = 0;
  for (const Claim& claim : *claims) {
    RunRequest request{.selectors = claim.suites, .targets = claim.targets, .mutant = claim.name, .jobs = options.jobs, .cancelled = &cancelled};
    const Result<std::vector<Scenario>> scenarios = session.Select(request);
    if (!scenarios.ok()) {
      say("iff: " + scenarios.error().message());
      return static_cast<int>(ExitCode::kUsage);
    }
    const Outcome outcome = Sort(session.Run(*scenarios, request));
    if (cancelled) {
      say("interrupted");
      return static_cast<int>(ExitCode::kErrored);
    }
    all_checks.insert(outcome.judged.begin(), outcome.judged.end());
    for (const std::string& check : outcome.failed) tripped_by[check].insert(claim.name);
    const std::set<std::string> unnoticed = Without(claim.caught_by, outcome.failed);
    const std::set<std::string> unclaimed = Without(Without(outcome.failed, claim.caught_by), claim.sometimes);
    if (outcome.failed.empty()) {
      say("SURVIVED " + claim.name + ": " + claim.fault);
      code = 1;
    } else if (!unnoticed.empty() || !unclaimed.empty()) {
      say("DIFFERS  " + claim.name + (unnoticed.empty() ? "" : "; named but not failing: " + Listed(unnoticed)) +
          (unclaimed.empty() ? "" : "; failing but not named: " + Listed(unclaimed)));
      code = 1;
      ++killed;
    } else {
      say("killed   " + claim.name + " by " + std::to_string(outcome.failed.size()) + " checks");
      ++killed;
    }
    const std::set<std::string> unjudged = Without(outcome.errored, outcome.failed);
    if (!unjudged.empty()) say("         not judged against it: " + Listed(unjudged));
  }
  say(std::to_string(killed) + " of " + std::to_string(claims->size()) + " mutants killed");
  if (!options.selectors.empty()) return code;

  // The clean servers' checks are the full list: every one of them wants a mutant.
  const Result<std::vector<Scenario>> everything = session.Select({});
  if (everything.ok()) {
    for (const Scenario& scenario : *everything) {
      for (const Step& step : scenario.steps) {
        for (const Expectation& expectation : step.expect) all_checks.insert(expectation.check);
      }
    }
  }
  std::string table = "| check | tripped by |\n|---|---|\n";
  std::string unproven;
  size_t unproven_count = 0;
  for (const std::string& check : all_checks) {
    const auto tripped = tripped_by.find(check);
    if (tripped != tripped_by.end()) {
      table += "| `" + check + "` | " + Listed(tripped->second) + " |\n";
    } else {
      unproven += "- `" + check + "`\n";
      ++unproven_count;
    }
  }
  say(std::to_string(tripped_by.size()) + " checks tripped, " + std::to_string(unproven_count) + " unproven");
  if (options.output.empty()) {
    say(table);
    say("unproven:\n" + unproven);
    return code;
  }
  std::ofstream out(options.output, std::ios::binary);
  out << "# Which mutant trips which check\n\n" << killed << " of " << claims->size() << " mutants killed; "
      << tripped_by.size() << " checks tripped, " << unproven_count << " unproven.\n\n"
      << table << "\n## Unproven: no mutant trips them yet\n\n"
      << unproven;
  out.close();
  if (!out) {
    say("iff: write " + options.output + ": could not be written");
    return static_cast<int>(ExitCode::kErrored);
  }
  return code;
}

}  // namespace iff
