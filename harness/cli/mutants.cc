#include "harness/cli/mutants.h"

#include <fstream>
#include <map>
#include <utility>

#include "harness/cli/console.h"
#include "harness/prove/kill_matrix.h"

namespace iff {
namespace {

// Whoever finds a mutant red for once has nothing else to go by: it has no report.
void SayWhy(const Kill& kill, const std::map<std::string, std::string>& why, const Messages& say) {
  constexpr int kMost = 6;
  int told = 0;
  const std::set<std::string> expected = OfAllTargets(kill.claim->killed_by);
  for (const auto& [what, reason] : why) {
    if (expected.contains(what) || told == kMost) continue;
    ++told;
    say("         " + what + ": " + reason);
  }
}

void SayKill(const Kill& kill, const Messages& say) {
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

// What is told of mutants, whoever ran them.
class MutantAccount {
 public:
  // `all`: so many mutants there are.
  MutantAccount(const Options& options, const Messages& say, size_t all) : options_(options), say_(say), matrix_(all) {}

  int Complain(const Error& error) const { return say_.Complain(error); }

  void Add(const Claim& claim, const MutantOutcome& outcome) {
    const Kill& kill = matrix_.Add(claim, outcome);
    if (options_.json || options_.quiet) return;
    SayKill(kill, say_);
    if (!kill.as_claimed()) SayWhy(kill, outcome.why, say_);
  }

  Result<void> Accept(const std::string& root, const std::vector<Claim>& every) {
    const std::vector<const Kill*> not_accepted = TRY(matrix_.Accept(root, every));
    for (const Kill* kill : not_accepted) {
      say_("NOT ACCEPTED " + kill->claim->name + ": what killed it was not judged: " + Listed(kill->unjudged));
    }
    if (!options_.json && !options_.quiet) say_("kills written to " + KillsFile(root) + ": review the diff");
    return {};
  }

  void Miss(const Claim& claim, const Error& error) {
    matrix_.Miss(claim);
    if (!options_.json && !options_.quiet) say_("MISSING  " + claim.name + ": " + error.message());
  }

  void Add(std::vector<WrongSetting> settings) {
    matrix_.Add(std::move(settings));
    if (options_.json || options_.quiet) return;
    for (const WrongSetting& one : matrix_.settings()) {
      say_(one.tripped.empty() ? "SURVIVED " + one.example + "/" + one.target + ": no check tells it from the clean one"
                               : "found    " + one.example + "/" + one.target + " by " +
                                     std::to_string(one.tripped.size()) + " checks");
    }
  }

  void FindUnproven(const std::vector<Scenario>& scenarios) { matrix_.FindUnproven(scenarios); }

  // `table`: of some, it is said as well.
  int Close(bool table) const {
    const int code = matrix_.ExitCode();
    if (!options_.output.empty()) {
      std::ofstream out(options_.output, std::ios::binary);
      out << matrix_.Markdown();
      out.close();
      if (!out) return Complain(Error(ErrorKind::kSystem, "write " + options_.output + ": could not be written"));
    }
    if (options_.json) {
      say_(DumpPretty(matrix_.ToJson()));
      return code;
    }
    say_(std::to_string(matrix_.Killed()) + " of " + std::to_string(matrix_.size()) + " mutants killed");
    if (!matrix_.settings().empty()) say_(matrix_.CountsOfSettings());
    if (!table) return code;
    say_(matrix_.Counts());
    for (const std::string& check : matrix_.unproven())
      say_("UNPROVEN " + check + ": no mutant trips it; add one, or the check proves nothing");
    if (options_.output.empty()) say_(matrix_.Markdown());
    return code;
  }

 private:
  const Options& options_;
  const Messages& say_;
  KillMatrix matrix_;
};

}  // namespace

int Mutants(Session& session, const Options& options, const MutantsWish& wish, const std::atomic<bool>& cancelled,
            const Messages& say) {
  const Places& places = session.options().places;
  const StaleKills stale = wish.accept ? StaleKills::kPassedOver : StaleKills::kRefused;
  const Result<std::vector<Claim>> every = ReadClaims(places, {}, stale);
  const MutantAccount none(options, say, 0);
  if (!every.ok()) return none.Complain(every.error());
  const Result<std::vector<Claim>> claims = Wanted(*every, options.selectors);
  if (!claims.ok()) return none.Complain(claims.error());
  MutantAccount account(options, say, every->size());
  for (const Claim& claim : *claims) {
    RunRequest request{.selectors = claim.suites,
                       .targets = claim.targets,
                       .mutant = claim.name,
                       .jobs = options.jobs,
                       .cancelled = &cancelled};
    const Result<std::vector<Scenario>> scenarios = session.Select(request);
    if (!scenarios.ok()) return account.Complain(scenarios.error());
    const std::vector<Scenario> telling = wish.proofs_only  ? AskingForProofs(claim, *scenarios)
                                          : wish.kills_only ? AskingForKills(claim, *scenarios)
                                                            : *scenarios;
    Result<MutantOutcome> played = PlayMutant(session, claim, telling, request);
    if (!played.ok()) return account.Complain(played.error());
    MutantOutcome& outcome = *played;
    if (wish.proofs_only) outcome.not_held = AskedElsewhere(telling, *scenarios);
    if (cancelled) return account.Complain(Error(ErrorKind::kUnavailable, "interrupted"));
    if (!wish.keep.empty()) {
      const Result<void> kept = KeepOutcome(wish.keep, claim.name, outcome);
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

int KeptMutants(const Places& places, const std::vector<Scenario>& all, const Options& options, const Kept& kept,
                const Messages& say) {
  const MutantAccount none(options, say, 0);
  const StaleKills stale = kept.accept ? StaleKills::kPassedOver : StaleKills::kRefused;
  const Result<std::vector<Claim>> every = ReadClaims(places, {}, stale);
  if (!every.ok()) return none.Complain(every.error());
  std::vector<std::string> names = options.selectors;
  if (kept.asked) {
    const Result<std::vector<std::string>> asked = AskedIn(kept.folder);
    if (!asked.ok()) return none.Complain(asked.error());
    names.insert(names.end(), asked->begin(), asked->end());
  }
  const Result<std::vector<Claim>> claims = Wanted(*every, names);
  if (!claims.ok()) return none.Complain(claims.error());
  MutantAccount account(options, say, every->size());
  for (const Claim& claim : *claims) {
    const Result<MutantOutcome> outcome = ReadOutcome(kept.folder, claim.name);
    if (outcome.ok() && outcome->not_held && kept.accept) {
      return account.Complain(Error(ErrorKind::kInvalidInput,
                                    kept.folder + ": " + claim.name +
                                        " was played with --proofs-only, by which its other kills would be lost: 'iff "
                                        "mutants --accept " +
                                        claim.name + "'"));
    }
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
