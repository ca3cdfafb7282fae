#include "harness/prove/kill_matrix.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include "harness/publish/stored_runs.h"
#include "harness/replay/judge_again.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

MutantOutcome Sort(const RunResult& run, const Redactor& redactor) {
  MutantOutcome outcome;
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

ChecksByTarget WithoutRaces(ChecksByTarget failed, const Claim& claim) {
  for (auto& [target, checks] : failed) {
    std::erase_if(checks, [&](const std::string& check) { return claim.sometimes.contains(check); });
  }
  return Without(failed, {});
}

// Plays them, and sees that what is stored of it is judged as it was: a mutant makes checks fail and error in every
// way.
Result<MutantOutcome> PlayOn(Session& session, const std::vector<Scenario>& scenarios, const RunRequest& request) {
  const RunResult run = session.Run(scenarios, request);
  std::string otherwise;
  for (const std::string& line : JudgedOtherwise(run, scenarios)) otherwise += (otherwise.empty() ? "" : "; ") + line;
  if (otherwise.empty()) return Sort(run, session.redactor());
  return Error(ErrorKind::kSystem,
               "what was stored is judged otherwise than what was seen: " + session.redactor().Mask(otherwise));
}

std::string PartOf(const std::string& folder, const std::string& mutant) { return folder + "/" + mutant + ".json"; }

}  // namespace

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

// What is about the system wants one of its own; the next mutant finds nothing of it.
Result<MutantOutcome> PlayMutant(Session& session, const Claim& claim, const std::vector<Scenario>& scenarios,
                                 const RunRequest& wanted) {
  // What kills it is held to, check by check: that must not depend on which scenarios came before. Where that is the
  // fault, they come one after the other.
  RunRequest request = wanted;
  request.fresh_targets = !claim.reuses_targets;
  request.as_given = claim.reuses_targets;
  if (claim.reuses_targets) request.jobs = 1;
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

Result<void> NoteAsked(const std::string& folder, const std::string& mutant) {
  std::error_code problem;
  fs::remove(PartOf(folder, mutant), problem);  // of an earlier run, which shall not stand for this one
  fs::create_directories(folder + "/asked", problem);
  std::ofstream out(folder + "/asked/" + mutant);
  out.close();
  if (!out) return Error(ErrorKind::kSystem, "write " + folder + "/asked/" + mutant + ": could not be written");
  return {};
}

Result<std::vector<std::string>> AskedIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder + "/asked", problem))
    names.push_back(entry.path().filename().string());
  if (!names.empty()) return names;
  return Error(ErrorKind::kUnavailable, folder + "/asked names no mutant: none was asked for, or none began");
}

Result<void> KeepOutcome(const std::string& folder, const std::string& mutant, const MutantOutcome& outcome) {
  const std::string path = PartOf(folder, mutant);
  std::error_code problem;
  fs::create_directories(folder, problem);
  std::ofstream out(path, std::ios::binary);
  Json kept = {
      {"mutant", mutant}, {"failed", outcome.failed}, {"errored", outcome.errored}, {"judged", outcome.judged}};
  if (outcome.not_held) kept["not_held"] = *outcome.not_held;
  out << DumpPretty(kept) << "\n";
  out.close();
  if (!out) return Error(ErrorKind::kSystem, "write " + path + ": could not be written");
  return {};
}

Result<MutantOutcome> ReadOutcome(const std::string& folder, const std::string& mutant) {
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
  MutantOutcome outcome;
  const Json judged = TRY(At<Json>(part, "/judged").While("read " + path));
  outcome.judged = TRY(ids(judged, "/judged"));
  std::vector<std::pair<std::string, ChecksByTarget*>> members = {{"/failed", &outcome.failed},
                                                                  {"/errored", &outcome.errored}};
  if (part.contains("not_held")) members.emplace_back("/not_held", &outcome.not_held.emplace());
  for (const auto& [member, into] : members) {
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

size_t KillMatrix::Killed() const {
  return static_cast<size_t>(
      std::count_if(kills_.begin(), kills_.end(), [](const Kill& kill) { return !kill.survived(); }));
}

size_t KillMatrix::SettingsFound() const {
  return static_cast<size_t>(
      std::count_if(settings_.begin(), settings_.end(), [](const WrongSetting& one) { return !one.tripped.empty(); }));
}

const Kill& KillMatrix::Add(const Claim& claim, const MutantOutcome& outcome) {
  judged_.insert(outcome.judged.begin(), outcome.judged.end());
  proofs_only_ = proofs_only_ || outcome.not_held.has_value();
  for (const std::string& check : OfAllTargets(outcome.failed)) tripped_by_[check].insert(claim.name);
  kills_.push_back(
      {.claim = &claim,
       .failed = outcome.failed,
       .unnoticed = Without(Without(claim.killed_by, outcome.not_held.value_or(ChecksByTarget())), outcome.failed),
       .unclaimed = WithoutRaces(Without(outcome.failed, claim.killed_by), claim),
       .unjudged = Without(outcome.errored, outcome.failed)});
  return kills_.back();
}

Result<std::vector<const Kill*>> KillMatrix::Accept(const std::string& root, const std::vector<Claim>& every) {
  Kills kills;
  for (const Claim& claim : every) {
    if (!claim.killed_by.empty()) kills[claim.name] = claim.killed_by;
  }
  std::vector<const Kill*> not_accepted;
  for (Kill& kill : kills_) {
    const Claim& claim = *kill.claim;
    ChecksByTarget now = WithoutRaces(kill.failed, claim);
    const bool unsure = Without(kill.unnoticed, kill.unjudged) != kill.unnoticed;
    if (now.empty() || unsure) {
      if (!now.empty()) not_accepted.push_back(&kill);
      continue;
    }
    kill.unnoticed.clear();
    kill.unclaimed.clear();
    kills[claim.name] = std::move(now);
  }
  TRY(WriteKills(KillsFile(root), kills));
  return not_accepted;
}

void KillMatrix::FindUnproven(const std::vector<Scenario>& scenarios) {
  if (Partial()) return;
  judged_.merge(CheckIdsOf(scenarios));
  for (const std::string& check : judged_) {
    if (!tripped_by_.contains(check)) unproven_.insert(check);
  }
}

int KillMatrix::ExitCode() const {
  const auto as_claimed = [](const Kill& kill) { return kill.as_claimed(); };
  if (!std::all_of(kills_.begin(), kills_.end(), as_claimed) || !unproven_.empty()) return 1;
  if (SettingsFound() < settings_.size()) return 1;
  return missing_.empty() ? 0 : 2;
}

Json KillMatrix::ToJson() const {
  Json mutants = Json::array();
  for (const Kill& kill : kills_) {
    mutants.push_back({{"name", kill.claim->name},
                       {"fault", kill.claim->fault},
                       {"killed", !kill.survived()},
                       {"as_claimed", kill.as_claimed()},
                       {"failed", kill.failed},
                       {"not_failing", kill.unnoticed},
                       {"not_named", kill.unclaimed},
                       {"not_judged", kill.unjudged}});
  }
  Json json = {{"mutants", mutants},        {"of", all_},         {"missing", missing_}, {"killed", Killed()},
               {"tripped_by", tripped_by_}, {"unproven", nullptr}};
  if (!Partial()) json["unproven"] = unproven_;
  for (const WrongSetting& one : settings_) {
    json["wrong_settings"].push_back({{"example", one.example}, {"target", one.target}, {"tripped", one.tripped}});
  }
  return json;
}

std::string KillMatrix::Counts() const {
  return std::to_string(tripped_by_.size()) + " checks tripped, " +
         (Partial() ? "which are unproven is not known: " + std::to_string(kills_.size()) + " of " +
                          std::to_string(all_) + " mutants are here"
                    : std::to_string(unproven_.size()) + " unproven");
}

std::string KillMatrix::CountsOfSettings() const {
  return std::to_string(SettingsFound()) + " of " + std::to_string(settings_.size()) +
         " wrong settings of examples found";
}

std::string KillMatrix::Markdown() const {
  std::string text = "# Which mutant trips which check\n\n" + std::to_string(Killed()) + " of " +
                     std::to_string(kills_.size()) + " mutants killed; " + Counts() + "." +
                     (proofs_only_ ? " Each played what it proves; all that it is killed by is in "
                                     "servers/mutants/kills.yaml."
                                   : "") +
                     "\n\n| check | tripped by |\n|---|---|\n";
  for (const auto& [check, mutants] : tripped_by_) text += "| `" + check + "` | " + Listed(mutants) + " |\n";
  if (!unproven_.empty()) text += "\n## Unproven: no mutant trips them yet\n\n";
  for (const std::string& check : unproven_) text += "- `" + check + "`\n";
  if (settings_.empty()) return text;
  text += "\n## Servers on others' SDKs with one setting wrong\n\n" + CountsOfSettings() +
          ": by checks that the same server as it should be does not trip.\n\n| example | setting | tripped "
          "|\n|---|---|---|\n";
  for (const WrongSetting& one : settings_) {
    text += "| `" + one.example + "` | " + one.target + " | " +
            (one.tripped.empty() ? "nothing" : Listed(one.tripped)) + " |\n";
  }
  return text;
}

}  // namespace iff
