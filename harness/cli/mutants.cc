#include "harness/cli/mutants.h"
#include "harness/publish/stored_runs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <utility>

#include "harness/cli/stored.h"
#include "harness/cli/voice.h"
#include "harness/prove/claim.h"
#include "harness/prove/wrong_settings.h"
#include "harness/replay/judge_again.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

std::string Listed(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Of one target its checks alone; of several, each with its own.
std::string Listed(const ChecksByTarget& checks) {
  if (checks.size() == 1) return Listed(checks.begin()->second);
  std::string text;
  for (const auto& [target, some] : checks) text += (text.empty() ? "" : "; ") + target + ": " + Listed(some);
  return text;
}

// Of one mutant's run. What is not named here is not kept either.
struct Outcome {
  ChecksByTarget failed = {};
  ChecksByTarget errored = {};
  std::set<std::string> judged = {};
  // Why, of those that did not pass, by check; and of scenarios that were not played to their end, by scenario. Not
  // kept.
  std::map<std::string, std::string> why = {};
};

Outcome Sort(const RunResult& run, const Redactor& redactor) {
  Outcome outcome;
  for (const ScenarioResult& scenario : run.scenarios) {
    if (!scenario.error.empty()) outcome.why[scenario.id] = redactor.Mask(scenario.error);
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        outcome.judged.insert(check.id);
        if (check.verdict == Verdict::kFailed) outcome.failed[scenario.target].insert(check.id);
        if (check.verdict == Verdict::kErrored) outcome.errored[scenario.target].insert(check.id);
        const bool wanting = check.verdict == Verdict::kFailed || check.verdict == Verdict::kErrored;
        if (wanting) outcome.why[check.id] = scenario.id + ": " + redactor.Mask(check.reason);
      }
    }
  }
  return outcome;
}

// Of one mutant: what became of its claim.
struct Kill {
  const Claim* claim = nullptr;
  ChecksByTarget failed = {};
  ChecksByTarget unnoticed = {};  // among its kills, but not failing
  ChecksByTarget unclaimed = {};  // failing, but not among its kills
  ChecksByTarget unjudged = {};
  bool survived() const { return failed.empty(); }
  bool as_claimed() const { return !survived() && unnoticed.empty() && unclaimed.empty(); }
};

struct KillMatrix {
  std::vector<Kill> kills = {};
  std::map<std::string, std::set<std::string>> tripped_by = {};  // check -> mutants
  std::set<std::string> unproven = {};                           // no mutant trips them
  std::vector<std::string> missing = {};                         // mutants that were asked for and are not kept
  size_t all = 0;                                                // mutants there are
  std::vector<WrongSetting> settings = {};                       // of the examples, where they were asked for
  // Some were not asked for, or are missing: which checks nothing trips is then not known.
  bool Partial() const { return kills.size() < all; }
  size_t Killed() const {
    return static_cast<size_t>(
        std::count_if(kills.begin(), kills.end(), [](const Kill& kill) { return !kill.survived(); }));
  }
  size_t SettingsFound() const {
    return static_cast<size_t>(
        std::count_if(settings.begin(), settings.end(), [](const WrongSetting& one) { return !one.tripped.empty(); }));
  }
};

ChecksByTarget WithoutRaces(ChecksByTarget failed, const Claim& claim) {
  for (auto& [target, checks] : failed) {
    std::erase_if(checks, [&](const std::string& check) { return claim.sometimes.contains(check); });
  }
  return Without(failed, {});
}

Kill Compare(const Claim& claim, const Outcome& outcome) {
  return {.claim = &claim,
          .failed = outcome.failed,
          .unnoticed = Without(claim.killed_by, outcome.failed),
          .unclaimed = WithoutRaces(Without(outcome.failed, claim.killed_by), claim),
          .unjudged = Without(outcome.errored, outcome.failed)};
}

// Whoever finds a mutant red for once has nothing else to go by: it has no report.
void SayWhy(const Kill& kill, const std::map<std::string, std::string>& why, const Speech& say) {
  constexpr int kMost = 6;
  int told = 0;
  const std::set<std::string> expected = OfAllTargets(kill.claim->killed_by);
  for (const auto& [what, reason] : why) {
    if (expected.contains(what) || told == kMost) continue;
    ++told;
    say("         " + what + ": " + reason);
  }
}

void SayKill(const Kill& kill, const Speech& say) {
  const std::string& name = kill.claim->name;
  if (kill.survived()) {
    say("SURVIVED " + name + ": " + kill.claim->fault);
  } else if (!kill.as_claimed()) {
    say("DIFFERS  " + name + (kill.unnoticed.empty() ? "" : "; accepted but not failing: " + Listed(kill.unnoticed)) +
        (kill.unclaimed.empty() ? "" : "; failing but not accepted: " + Listed(kill.unclaimed)));
  } else {
    say("killed   " + name + " by " + std::to_string(OfAllTargets(kill.failed).size()) + " checks");
  }
  if (!kill.unjudged.empty()) say("         not judged against it: " + Listed(kill.unjudged));
}

// Plays them, and sees that what is stored of it is judged as it was: a mutant makes checks fail and error in every
// way.
Result<Outcome> PlayOn(Session& session, const std::vector<Scenario>& scenarios, const RunRequest& request) {
  const RunResult run = session.Run(scenarios, request);
  std::string otherwise;
  for (const std::string& line : JudgedOtherwise(run, scenarios)) otherwise += (otherwise.empty() ? "" : "; ") + line;
  if (otherwise.empty()) return Sort(run, session.redactor());
  return Error(ErrorKind::kSystem,
               "what was stored is judged otherwise than what was seen: " + session.redactor().Mask(otherwise));
}

// What is about the system wants one of its own; the next mutant finds nothing of it.
Result<Outcome> PlayIt(Session& session, const Claim& claim, const std::vector<Scenario>& scenarios,
                       const RunRequest& request) {
  if (!claim.changes_system()) return PlayOn(session, scenarios, request);
  const std::string attempt = "bring up the system of " + claim.name;
  if (!session.options().attached.empty()) {
    return Error(ErrorKind::kInvalidInput, attempt + ": this one was started by others, and is not made wrong");
  }
  SessionOptions options = session.options();
  Apply(claim, options);
  const std::unique_ptr<Session> wrong = TRY(session.StartAnother(options).While(attempt));
  return PlayOn(*wrong, scenarios, request);
}

std::string PartOf(const std::string& folder, const std::string& mutant) { return folder + "/" + mutant + ".json"; }

Result<void> KeepPart(const std::string& folder, const std::string& mutant, const Outcome& outcome) {
  const std::string path = PartOf(folder, mutant);
  std::error_code problem;
  fs::create_directories(folder, problem);
  std::ofstream out(path, std::ios::binary);
  out << DumpPretty(
             {{"mutant", mutant}, {"failed", outcome.failed}, {"errored", outcome.errored}, {"judged", outcome.judged}})
      << "\n";
  out.close();
  if (!out) return Error(ErrorKind::kSystem, "write " + path + ": could not be written");
  return {};
}

Result<Outcome> ReadPart(const std::string& folder, const std::string& mutant) {
  const std::string path = PartOf(folder, mutant);
  if (!fs::exists(path)) {
    return Error(ErrorKind::kUnavailable,
                 path + " is not there: 'iff mutants --keep " + folder + " " + mutant + "' makes it");
  }
  const Json part = TRY(ReadJson(path));
  const auto ids = [&](const Json& checks, const std::string& member) -> Result<std::set<std::string>> {
    const bool are_ids =
        checks.is_array() && std::all_of(checks.begin(), checks.end(), [](const Json& id) { return id.is_string(); });
    if (!are_ids) return Error(ErrorKind::kInvalidInput, "read " + path + ": " + member + " holds no check ids");
    return checks.get<std::set<std::string>>();
  };
  Outcome outcome;
  const Json judged = TRY(At<Json>(part, "/judged").While("read " + path));
  outcome.judged = TRY(ids(judged, "/judged"));
  for (const auto& [member, into] :
       {std::pair{std::string("/failed"), &outcome.failed}, std::pair{std::string("/errored"), &outcome.errored}}) {
    const Json by_target = TRY(At<Json>(part, member).While("read " + path));
    if (!by_target.is_object()) {
      return Error(ErrorKind::kInvalidInput, "read " + path + ": " + member + " holds no check ids by target");
    }
    for (const auto& [target, checks] : by_target.items()) {
      (*into)[target] = TRY(ids(checks, member + "/" + target));
    }
  }
  return outcome;
}

Json ToJson(const KillMatrix& matrix) {
  Json mutants = Json::array();
  for (const Kill& kill : matrix.kills) {
    mutants.push_back({{"name", kill.claim->name},
                       {"fault", kill.claim->fault},
                       {"killed", !kill.survived()},
                       {"as_claimed", kill.as_claimed()},
                       {"failed", kill.failed},
                       {"not_failing", kill.unnoticed},
                       {"not_named", kill.unclaimed},
                       {"not_judged", kill.unjudged}});
  }
  Json json = {{"mutants", mutants},
               {"of", matrix.all},
               {"missing", matrix.missing},
               {"killed", matrix.Killed()},
               {"tripped_by", matrix.tripped_by},
               {"unproven", nullptr}};
  if (!matrix.Partial()) json["unproven"] = matrix.unproven;
  for (const WrongSetting& one : matrix.settings) {
    json["wrong_settings"].push_back({{"example", one.example}, {"target", one.target}, {"tripped", one.tripped}});
  }
  return json;
}

std::string Counts(const KillMatrix& matrix) {
  return std::to_string(matrix.tripped_by.size()) + " checks tripped, " +
         (matrix.Partial() ? "which are unproven is not known: " + std::to_string(matrix.kills.size()) + " of " +
                                 std::to_string(matrix.all) + " mutants are here"
                           : std::to_string(matrix.unproven.size()) + " unproven");
}

std::string CountsOfSettings(const KillMatrix& matrix) {
  return std::to_string(matrix.SettingsFound()) + " of " + std::to_string(matrix.settings.size()) +
         " wrong settings of examples found";
}

std::string ToMarkdown(const KillMatrix& matrix) {
  std::string text = "# Which mutant trips which check\n\n" + std::to_string(matrix.Killed()) + " of " +
                     std::to_string(matrix.kills.size()) + " mutants killed; " + Counts(matrix) +
                     ".\n\n| check | tripped by |\n|---|---|\n";
  for (const auto& [check, mutants] : matrix.tripped_by) text += "| `" + check + "` | " + Listed(mutants) + " |\n";
  if (!matrix.unproven.empty()) text += "\n## Unproven: no mutant trips them yet\n\n";
  for (const std::string& check : matrix.unproven) text += "- `" + check + "`\n";
  if (matrix.settings.empty()) return text;
  text += "\n## Servers on others' SDKs with one setting wrong\n\n" + CountsOfSettings(matrix) +
          ": by checks that the same server as it should be does not trip.\n\n| example | setting | tripped "
          "|\n|---|---|---|\n";
  for (const WrongSetting& one : matrix.settings) {
    text += "| `" + one.example + "` | " + one.target + " | " +
            (one.tripped.empty() ? "nothing" : Listed(one.tripped)) + " |\n";
  }
  return text;
}

}  // namespace

namespace {

// What is told of mutants, whoever ran them.
class Account {
 public:
  // `all`: so many mutants there are.
  Account(const Options& options, const Speech& say, size_t all) : options_(options), say_(say) { matrix_.all = all; }

  int Complain(const Error& error) const { return say_.Complain(error); }

  void Add(const Claim& claim, const Outcome& outcome) {
    judged_.insert(outcome.judged.begin(), outcome.judged.end());
    for (const std::string& check : OfAllTargets(outcome.failed)) matrix_.tripped_by[check].insert(claim.name);
    matrix_.kills.push_back(Compare(claim, outcome));
    if (options_.json || options_.quiet) return;
    const Kill& kill = matrix_.kills.back();
    SayKill(kill, say_);
    if (!kill.as_claimed()) SayWhy(kill, outcome.why, say_);
  }

  // What fails of each that was added becomes what it is killed by, in the file of kills. Not of a survivor, and not
  // where a check that failed before was not judged this time: that would be forgotten without having been looked at.
  Result<void> Accept(const std::string& root, const std::vector<Claim>& every) {
    const std::string file = KillsFile(root);
    Kills kills;
    for (const Claim& claim : every) {
      if (!claim.killed_by.empty()) kills[claim.name] = claim.killed_by;
    }
    for (Kill& kill : matrix_.kills) {
      const Claim& claim = *kill.claim;
      ChecksByTarget now = WithoutRaces(kill.failed, claim);
      ChecksByTarget lost = kill.unnoticed;
      const bool unsure = Without(lost, kill.unjudged) != lost;
      if (now.empty() || unsure) {
        if (!now.empty())
          say_("NOT ACCEPTED " + claim.name + ": what killed it was not judged: " + Listed(kill.unjudged));
        continue;
      }
      kill.unnoticed.clear();
      kill.unclaimed.clear();
      kills[claim.name] = std::move(now);
    }
    TRY(WriteKills(file, kills));
    if (!options_.json && !options_.quiet) say_("kills written to " + file + ": review the diff");
    return {};
  }

  void Miss(const Claim& claim, const Error& error) {
    matrix_.missing.push_back(claim.name);
    if (!options_.json && !options_.quiet) say_("MISSING  " + claim.name + ": " + error.message());
  }

  void Add(std::vector<WrongSetting> settings) {
    matrix_.settings = std::move(settings);
    if (options_.json || options_.quiet) return;
    for (const WrongSetting& one : matrix_.settings) {
      say_(one.tripped.empty() ? "SURVIVED " + one.example + "/" + one.target + ": no check tells it from the clean one"
                               : "found    " + one.example + "/" + one.target + " by " +
                                     std::to_string(one.tripped.size()) + " checks");
    }
  }

  // `scenarios` are all there are: every check of theirs wants a mutant, once all of those have been added.
  void FindUnproven(const std::vector<Scenario>& scenarios) {
    if (matrix_.Partial()) return;
    judged_.merge(CheckIdsOf(scenarios));
    for (const std::string& check : judged_) {
      if (!matrix_.tripped_by.contains(check)) matrix_.unproven.insert(check);
    }
  }

  // `table`: of some, it is said as well.
  int Close(bool table) const {
    const int code = Code();
    if (!options_.output.empty()) {
      std::ofstream out(options_.output, std::ios::binary);
      out << ToMarkdown(matrix_);
      out.close();
      if (!out) return Complain(Error(ErrorKind::kSystem, "write " + options_.output + ": could not be written"));
    }
    if (options_.json) {
      say_(DumpPretty(ToJson(matrix_)));
      return code;
    }
    say_(std::to_string(matrix_.Killed()) + " of " + std::to_string(matrix_.kills.size()) + " mutants killed");
    if (!matrix_.settings.empty()) say_(CountsOfSettings(matrix_));
    if (!table) return code;
    say_(Counts(matrix_));
    for (const std::string& check : matrix_.unproven)
      say_("UNPROVEN " + check + ": no mutant trips it; add one, or the check proves nothing");
    if (options_.output.empty()) say_(ToMarkdown(matrix_));
    return code;
  }

 private:
  // A fault that is seen outranks one that could not be looked for.
  int Code() const {
    const auto as_claimed = [](const Kill& kill) { return kill.as_claimed(); };
    if (!std::all_of(matrix_.kills.begin(), matrix_.kills.end(), as_claimed) || !matrix_.unproven.empty()) return 1;
    if (matrix_.SettingsFound() < matrix_.settings.size()) return 1;
    return matrix_.missing.empty() ? 0 : 2;
  }

  const Options& options_;
  const Speech& say_;
  KillMatrix matrix_;
  std::set<std::string> judged_;
};

}  // namespace

int Mutants(Session& session, const Options& options, const MutantsWish& wish, const std::atomic<bool>& cancelled,
            const Speech& say) {
  const Places& places = session.options().places;
  const StaleKills stale = wish.accept ? StaleKills::kPassedOver : StaleKills::kRefused;
  const Result<std::vector<Claim>> every = ReadClaims(places, {}, stale);
  const Account none(options, say, 0);
  if (!every.ok()) return none.Complain(every.error());
  const Result<std::vector<Claim>> claims = Wanted(*every, options.selectors);
  if (!claims.ok()) return none.Complain(claims.error());
  Account account(options, say, every->size());
  for (const Claim& claim : *claims) {
    RunRequest request{.selectors = claim.suites,
                       .targets = claim.targets,
                       .mutant = claim.name,
                       .jobs = options.jobs,
                       .cancelled = &cancelled};
    const Result<std::vector<Scenario>> scenarios = session.Select(request);
    if (!scenarios.ok()) return account.Complain(scenarios.error());
    const Result<Outcome> played = PlayIt(session, claim, *scenarios, request);
    if (!played.ok()) return account.Complain(played.error());
    const Outcome& outcome = *played;
    if (cancelled) return account.Complain(Error(ErrorKind::kUnavailable, "interrupted"));
    if (!wish.keep.empty()) {
      const Result<void> kept = KeepPart(wish.keep, claim.name, outcome);
      if (!kept.ok()) return account.Complain(kept.error());
    }
    account.Add(claim, outcome);
  }
  if (options.selectors.empty()) {
    const Result<std::vector<Scenario>> all = session.Select({});
    if (!all.ok()) return account.Complain(all.error());
    account.FindUnproven(*all);
  }
  if (wish.accept) {
    const Result<void> accepted = account.Accept(places.root, *every);
    if (!accepted.ok()) return account.Complain(accepted.error());
  }
  return account.Close(options.selectors.empty());
}

Result<void> NoteAsked(const std::string& folder, const std::string& mutant) {
  std::error_code problem;
  fs::remove(PartOf(folder, mutant), problem);  // of an earlier run, which shall not stand for this one
  fs::create_directories(folder + "/asked", problem);
  std::ofstream out(folder + "/asked/" + mutant);
  out.close();
  if (!out) return Error(ErrorKind::kSystem, "write " + folder + "/asked/" + mutant + ": could not be written");
  return {};
}

int KeptMutants(const Places& places, const std::vector<Scenario>& all, const Options& options, const Kept& kept,
                const Speech& say) {
  const Account none(options, say, 0);
  const StaleKills stale = kept.accept ? StaleKills::kPassedOver : StaleKills::kRefused;
  const Result<std::vector<Claim>> every = ReadClaims(places, {}, stale);
  if (!every.ok()) return none.Complain(every.error());
  std::vector<std::string> names = options.selectors;
  if (kept.asked) {
    std::error_code problem;
    for (const auto& entry : fs::directory_iterator(kept.folder + "/asked", problem))
      names.push_back(entry.path().filename().string());
    if (names.empty()) {
      return none.Complain(
          Error(ErrorKind::kUnavailable, kept.folder + "/asked names no mutant: none was asked for, or none began"));
    }
  }
  const Result<std::vector<Claim>> claims = Wanted(*every, names);
  if (!claims.ok()) return none.Complain(claims.error());
  Account account(options, say, every->size());
  for (const Claim& claim : *claims) {
    const Result<Outcome> outcome = ReadPart(kept.folder, claim.name);
    if (outcome.ok()) {
      account.Add(claim, *outcome);
    } else if (outcome.error().kind() == ErrorKind::kUnavailable) {
      account.Miss(claim, outcome.error());
    } else {
      return account.Complain(outcome.error());
    }
  }
  if (!kept.examples.empty()) {
    Result<std::vector<WrongSetting>> settings = ReadWrongSettings(kept.examples);
    if (!settings.ok()) return account.Complain(settings.error());
    account.Add(std::move(settings).value());
  }
  if (kept.accept) {
    const Result<void> accepted = account.Accept(places.root, *every);
    if (!accepted.ok()) return account.Complain(accepted.error());
  }
  if (options.selectors.empty()) account.FindUnproven(all);
  return account.Close(options.selectors.empty());
}

}  // namespace iff
