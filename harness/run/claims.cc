#include "harness/run/claims.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/scenario/clauses.h"

namespace iff {
namespace {

// What one pattern met at one target.
struct Met {
  bool selected = false;
  bool passed = false;
  std::string failed = {};              // the first check, with its scenario
  std::set<std::string> refuting = {};  // all of these, by id
  std::string errored = {};             // why the first one could not be judged
  std::string inapplicable = {};        // why the first one does not apply

  void Add(const Met& other) {
    const auto first = [](std::string& to, const std::string& from) {
      if (to.empty()) to = from;
    };
    selected = selected || other.selected;
    passed = passed || other.passed;
    first(failed, other.failed);
    refuting.insert(other.refuting.begin(), other.refuting.end());
    first(errored, other.errored);
    first(inapplicable, other.inapplicable);
  }
};

using AtTarget = std::vector<const ScenarioResult*>;

Met Meets(const std::string& pattern, const RunClaim& claim, const AtTarget& played) {
  const std::string place = pattern.substr(0, pattern.find(':'));
  Met met;
  for (const ScenarioResult* scenario : played) {
    const std::string name = scenario->id.substr(0, scenario->id.find('@'));
    if (!Selects(place, name, "")) continue;
    met.selected = true;
    if (!scenario->inapplicable.empty()) met.Add({.inapplicable = scenario->inapplicable});
    if (!scenario->error.empty()) met.Add({.errored = scenario->error});
    for (const StepResult& step : scenario->steps) {
      for (const Check& check : step.checks) {
        const auto selects = [&](const std::string& one) { return Selects(one, name, check.id); };
        if (!selects(pattern) || std::any_of(claim.but.begin(), claim.but.end(), selects)) continue;
        if (check.verdict == Verdict::kPassed) met.passed = true;
        if (check.verdict == Verdict::kFailed) {
          const std::string what = check.id + " in " + scenario->id;
          met.Add(check.tells || !claim.served ? Met{.failed = what, .refuting = {check.id}}
                                               : Met{.errored = what + " was not served, but failed"});
        }
        if (check.verdict == Verdict::kErrored) met.Add({.errored = check.reason});
        if (check.verdict == Verdict::kInapplicable) met.Add({.inapplicable = check.reason});
      }
    }
  }
  return met;
}

ClaimStanding ClaimAt(const HeldClaim& claim, const std::string& target, const AtTarget& played) {
  ClaimStanding standing{.target = target};
  const auto become = [&](ClaimStanding::Kind kind, std::string reason) {
    standing.kind = kind;
    standing.reason = std::move(reason);
    return standing;
  };
  Met refuted;
  for (const std::string& pattern : claim.claim.also) {
    const Met met = Meets(pattern, claim.claim, played);
    refuted.Add({.failed = met.failed, .refuting = met.refuting});
  }
  bool selected = true;
  Met lacking;  // by the groups of which nothing passed
  bool proved = true;
  for (const std::vector<std::string>& group : claim.claim.shown_by) {
    Met met;
    for (const std::string& pattern : group) met.Add(Meets(pattern, claim.claim, played));
    refuted.Add({.failed = met.failed, .refuting = met.refuting});
    selected = selected && met.selected;
    if (met.passed) continue;
    proved = false;
    lacking.Add(met);
  }
  for (const std::string& pattern : claim.claim.needs) {
    Met met = Meets(pattern, claim.claim, played);
    selected = selected && met.selected;
    if (met.passed && met.failed.empty()) continue;
    proved = false;
    if (!met.failed.empty()) met.Add({.errored = met.failed + " failed"});
    lacking.Add(met);
  }
  if (!refuted.failed.empty()) {
    standing.refuting = std::move(refuted.refuting);
    return become(ClaimStanding::Kind::kRefuted, refuted.failed);
  }
  if (const auto found = claim.excused.find(target); found != claim.excused.end()) {
    return become(ClaimStanding::Kind::kExcused, found->second);
  }
  if (proved) return become(ClaimStanding::Kind::kProved, "");
  if (!selected) return become(ClaimStanding::Kind::kNotSelected, "");
  if (const auto found = claim.accepted.find(target); found != claim.accepted.end()) {
    return become(ClaimStanding::Kind::kAccepted, found->second);
  }
  return become(ClaimStanding::Kind::kNotTried, !lacking.errored.empty() ? lacking.errored : lacking.inapplicable);
}

}  // namespace

std::string_view Name(ClaimStanding::Kind kind) {
  switch (kind) {
    case ClaimStanding::Kind::kProved:
      return "proved";
    case ClaimStanding::Kind::kRefuted:
      return "refuted";
    case ClaimStanding::Kind::kNotTried:
      return "not tried";
    case ClaimStanding::Kind::kAccepted:
      return "accepted";
    case ClaimStanding::Kind::kNotSelected:
      return "not selected";
    case ClaimStanding::Kind::kExcused:
      return "does not arise";
  }
  return "not tried";
}

std::vector<ClaimStanding> ClaimsOf(const RunResult& run) {
  std::vector<ClaimStanding> standings;
  if (run.shard.of > 0 || run.claims.empty()) return standings;
  std::map<std::string, AtTarget> of;
  for (const ScenarioResult& scenario : run.scenarios) {
    if (!scenario.target.empty()) of[scenario.target].push_back(&scenario);
  }
  for (size_t i = 0; i < run.claims.size(); ++i) {
    for (const auto& [target, played] : of) {
      standings.push_back(ClaimAt(run.claims[i], target, played));
      standings.back().claim = i;
    }
  }
  return standings;
}

std::vector<std::string> Untried(const RunResult& run) {
  struct Told {
    std::string claims;
    std::set<std::string> targets;
  };
  std::vector<std::string> order;  // of reasons
  std::map<std::string, Told> by_reason;
  for (const ClaimStanding& standing : ClaimsOf(run)) {
    if (standing.kind != ClaimStanding::Kind::kNotTried) continue;
    const auto [told, first] = by_reason.try_emplace(standing.reason);
    if (first) order.push_back(standing.reason);
    const std::string& asks = run.claims[standing.claim].claim.asks;
    std::string& claims = told->second.claims;
    if (claims.find(asks) == std::string::npos) claims += (claims.empty() ? "" : ", ") + asks;
    told->second.targets.insert(standing.target);
  }
  std::vector<std::string> sentences;
  for (const std::string& reason : order) {
    const Told& told = by_reason[reason];
    std::string targets;
    for (const std::string& target : told.targets) targets += (targets.empty() ? "" : ", ") + target;
    sentences.push_back(told.claims + " (" + targets + (reason.empty() ? "" : ": " + reason) + ")");
  }
  return sentences;
}

}  // namespace iff
