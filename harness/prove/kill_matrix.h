// Which mutant trips which check: one mutant played, what became of all of them, the table of it. Prints nothing.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/prove/claim.h"
#include "harness/prove/wrong_settings.h"
#include "harness/session/session.h"

namespace iff {

// "a, b"; of several targets, each with its own: "jira: a, b; github: c".
std::string Listed(const std::set<std::string>& words);
std::string Listed(const ChecksByTarget& checks);

// Of one mutant's run. What is not named here is not kept either.
struct MutantOutcome {
  ChecksByTarget failed = {};
  ChecksByTarget errored = {};
  std::set<std::string> judged = {};
  // Where less was played than asks for all kills: those it is not held to, as AskedElsewhere.
  std::optional<ChecksByTarget> not_held = {};
  // Why, of those that did not pass, by check; and of scenarios that were not played to their end, by scenario. Not
  // kept.
  std::map<std::string, std::string> why = {};
};

// Plays `scenarios` against the mutant of `claim`, in a system of its own if it is about that, and sees that what is
// stored of the run is judged as it was.
Result<MutantOutcome> PlayMutant(Session& session, const Claim& claim, const std::vector<Scenario>& scenarios,
                                 const RunRequest& request);

// `mutant` is about to be run, for what is kept in `folder`: from now on it is missing there until its run is over.
Result<void> NoteAsked(const std::string& folder, const std::string& mutant);
// Those that NoteAsked was told of. kUnavailable: none.
Result<std::vector<std::string>> AskedIn(const std::string& folder);
Result<void> KeepOutcome(const std::string& folder, const std::string& mutant, const MutantOutcome& outcome);
// kUnavailable: it is not there; kInvalidInput: it is no outcome.
Result<MutantOutcome> ReadOutcome(const std::string& folder, const std::string& mutant);

// Of one mutant: what became of its claim.
struct Kill {
  const Claim* claim = nullptr;
  ChecksByTarget failed = {};
  ChecksByTarget unnoticed = {};  // among its kills, but not failing
  ChecksByTarget unclaimed = {};  // failing, but not among its kills
  ChecksByTarget unjudged = {};
  bool survived() const { return OfAllTargets(failed).empty(); }
  bool as_claimed() const { return !survived() && unnoticed.empty() && unclaimed.empty(); }
};

// The claims that were added outlive it.
class KillMatrix {
 public:
  // `all`: so many mutants there are.
  explicit KillMatrix(size_t all) : all_(all) {}

  const Kill& Add(const Claim& claim, const MutantOutcome& outcome);
  void Miss(const Claim& claim) { missing_.push_back(claim.name); }
  void Add(std::vector<WrongSetting> settings) { settings_ = std::move(settings); }

  // What fails of each that was added becomes what it is killed by, in the file of kills below `root`. Not of a
  // survivor, and not where a check that failed before was not judged this time: that would be forgotten without having
  // been looked at. Answers the latter. `every`: all mutants there are.
  Result<std::vector<const Kill*>> Accept(const std::string& root, const std::vector<Claim>& every);

  // `scenarios` are all there are: every check of theirs wants a mutant, once all of those have been added.
  void FindUnproven(const std::vector<Scenario>& scenarios);

  size_t size() const { return kills_.size(); }
  size_t Killed() const;
  // Some were not asked for, or are missing: which checks nothing trips is then not known.
  bool Partial() const { return kills_.size() < all_; }
  const std::set<std::string>& unproven() const { return unproven_; }
  const std::vector<WrongSetting>& settings() const { return settings_; }

  // 1: a mutant survives, is killed by other checks than are accepted, a check is unproven, or a wrong setting was not
  // found; 2: a mutant is missing. A fault that is seen outranks one that could not be looked for.
  int ExitCode() const;
  std::string Counts() const;
  std::string CountsOfSettings() const;
  std::string Markdown() const;
  Json ToJson() const;

 private:
  size_t SettingsFound() const;

  std::vector<Kill> kills_;
  std::map<std::string, std::set<std::string>> tripped_by_;  // check -> mutants
  std::set<std::string> unproven_;                           // no mutant trips them
  std::set<std::string> judged_;
  std::vector<std::string> missing_;  // mutants that were asked for and are not kept
  size_t all_;
  bool proofs_only_ = false;            // of some no more was played
  std::vector<WrongSetting> settings_;  // of the examples, where they were asked for
};

}  // namespace iff
