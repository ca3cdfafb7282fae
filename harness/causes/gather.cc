#include "harness/causes/gather.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

namespace iff {
namespace {

// A pattern of which something failed, and too little passed to contradict it. Checks are numbers, to be quick.
struct Candidate {
  size_t cause = 0;
  std::vector<size_t> hit = {};  // what failed of it, ascending
  size_t passed = 0;
  size_t pattern = 0;  // its size
  size_t judged() const { return hit.size() + passed; }
  // So little is known of it that whatever is better known goes before: a server at which every token opens
  // everything fails each check, and one that fails a few need not be such a server.
  bool vague() const { return kVagueBelow * judged() < pattern; }

  static constexpr size_t kVagueBelow = 5;  // a fifth
};

// Of how much of the pattern something is known, compared without a fraction.
bool KnownBetter(const Candidate& a, const Candidate& b) { return a.judged() * b.pattern > b.judged() * a.pattern; }

// The cover is greedy: first what explains most of what is left, has least explained by others, and is least
// contradicted.
class Cover {
 public:
  // `also`: by cause, what failed because of it too.
  Cover(const CauseCatalogue& catalogue, const std::vector<Candidate>& candidates,
        const std::vector<std::vector<size_t>>& also, size_t failures)
      : catalogue_(catalogue), candidates_(candidates), also_(also), left_(failures, true) {}

  // Candidates, no cause twice unless two patterns of it are there side by side.
  std::vector<size_t> Chosen() {
    std::vector<size_t> chosen;
    while (const std::optional<size_t> best = Best()) {
      const std::vector<size_t> gained = New(candidates_[*best]);
      // Where rivals fit alike none is named, and what they would explain is left to nothing that fits less.
      std::vector<size_t> rivals;
      for (size_t i = 0; i < candidates_.size(); ++i) {
        if (IsRival(i, *best, gained)) rivals.push_back(candidates_[i].cause);
      }
      if (rivals.empty()) {
        chosen.push_back(*best);
        for (const size_t check : also_[candidates_[*best].cause]) left_[check] = false;
      } else {
        passed_over_.insert(candidates_[*best].cause);
        passed_over_.insert(rivals.begin(), rivals.end());
      }
      for (const size_t check : gained) left_[check] = false;
    }
    return chosen;
  }

 private:
  size_t Gained(const Candidate& candidate) const {
    return static_cast<size_t>(
        std::count_if(candidate.hit.begin(), candidate.hit.end(), [&](size_t check) { return left_[check]; }));
  }

  std::vector<size_t> New(const Candidate& candidate) const {
    std::vector<size_t> gained;
    for (const size_t check : candidate.hit) {
      if (left_[check]) gained.push_back(check);
    }
    return gained;
  }

  bool Usable(const Candidate& candidate, size_t gained) const {
    if (candidate.vague() && 2 * gained < candidate.hit.size()) return false;
    return gained > candidate.passed && !passed_over_.contains(candidate.cause);
  }

  std::optional<size_t> Best() const {
    std::optional<size_t> best;
    int64_t best_worth = 0;
    const auto better = [&](size_t i, int64_t worth) {
      if (!best) return true;
      const Candidate& one = candidates_[i];
      const Candidate& other = candidates_[*best];
      if (worth != best_worth) return worth > best_worth;
      if (one.passed != other.passed) return one.passed < other.passed;
      if (KnownBetter(one, other) || KnownBetter(other, one)) return KnownBetter(one, other);
      const Cause& a = catalogue_.causes[one.cause];
      const Cause& b = catalogue_.causes[other.cause];
      return std::tie(a.gravity, a.name) < std::tie(b.gravity, b.name);
    };
    for (size_t i = 0; i < candidates_.size(); ++i) {
      const size_t gained = Gained(candidates_[i]);
      // A cause of which nearly all is explained by others is hardly shown by the little that is left of it.
      const Candidate& one = candidates_[i];
      size_t share = 1'000 * gained * gained / one.hit.size();
      if (one.vague()) share = share * Candidate::kVagueBelow * one.judged() / one.pattern;
      const int64_t worth = static_cast<int64_t>(share) - 2'000 * static_cast<int64_t>(one.passed);
      if (!Usable(candidates_[i], gained) || !better(i, worth)) continue;
      best = i;
      best_worth = worth;
    }
    return best;
  }

  // Another cause that explains the very same, is contradicted no more, and of which about as much is known.
  bool IsRival(size_t i, size_t best, const std::vector<size_t>& gained) const {
    const Candidate& one = candidates_[i];
    const Candidate& chosen = candidates_[best];
    if (one.cause == chosen.cause || passed_over_.contains(one.cause) || one.passed > chosen.passed) return false;
    return 2 * one.judged() * chosen.pattern > chosen.judged() * one.pattern && New(one) == gained;
  }

  const CauseCatalogue& catalogue_;
  const std::vector<Candidate>& candidates_;
  const std::vector<std::vector<size_t>>& also_;
  std::vector<bool> left_;  // by check: nothing explains it yet
  std::set<size_t> passed_over_;
};

}  // namespace

// How each numbered check stands.
struct Gatherer::Standings {
  static constexpr size_t kUnjudged = static_cast<size_t>(-1);
  static constexpr size_t kPassed = static_cast<size_t>(-2);
  std::vector<size_t> of = {};  // by number: one of these, or where it is among what failed

  bool Failed(size_t check) const { return of[check] < kPassed; }
  bool Passed(size_t check) const { return of[check] == kPassed; }

  // What failed of `checks`, ascending.
  std::vector<size_t> FailedOf(const Numbers& checks) const {
    std::vector<size_t> failed;
    for (const size_t check : checks) {
      if (Failed(check)) failed.push_back(of[check]);
    }
    return failed;
  }

  // All that failed of what a cause that is shown is known to make fail. Nothing contradicts it any more.
  std::optional<Candidate> Shown(const Numbered& cause, size_t number) const {
    if (std::any_of(cause.shown_by.begin(), cause.shown_by.end(), [&](size_t check) { return Passed(check); })) {
      return {};
    }
    if (FailedOf(cause.shown_by).size() < 2) return {};
    Candidate candidate{.cause = number, .hit = FailedOf(cause.explained)};
    candidate.pattern = candidate.hit.size();
    return candidate;
  }

  std::optional<Candidate> Fitting(const Numbers& pattern, size_t number) const {
    constexpr size_t kOneIn = 10;  // of what was judged may have passed: servers differ in what they answer beside it
    const auto passed =
        static_cast<size_t>(std::count_if(pattern.begin(), pattern.end(), [&](size_t check) { return Passed(check); }));
    Candidate candidate{.cause = number, .hit = FailedOf(pattern), .passed = passed, .pattern = pattern.size()};
    if (candidate.hit.empty() || candidate.passed > candidate.judged() / kOneIn) return {};
    return candidate;
  }
};

Gatherer::Gatherer(const CauseCatalogue& catalogue) : catalogue_(catalogue) {
  for (const Cause& cause : catalogue.causes) {
    Numbered numbered{.shown_by = NumbersOf(cause.shown_by), .also = NumbersOf(cause.also)};
    for (const std::set<std::string>& pattern : cause.patterns) numbered.patterns.push_back(NumbersOf(pattern));
    if (!cause.shown_by.empty()) {
      std::set<std::string> explained = cause.shown_by;
      for (const std::set<std::string>& pattern : cause.patterns) explained.insert(pattern.begin(), pattern.end());
      numbered.explained = NumbersOf(explained);
    }
    causes_.push_back(std::move(numbered));
  }
}

Gatherer::Numbers Gatherer::NumbersOf(const std::set<std::string>& checks) {
  Numbers numbers;
  for (const std::string& check : checks) {
    numbers.push_back(number_of_.try_emplace(check, number_of_.size()).first->second);
  }
  return numbers;
}

Gatherer::Standings Gatherer::StandingsOf(const JudgedChecks& judged) const {
  Standings standings{.of = std::vector<size_t>(number_of_.size(), Standings::kUnjudged)};
  for (const std::string& check : judged.passed) {
    if (const auto known = number_of_.find(check); known != number_of_.end()) {
      standings.of[known->second] = Standings::kPassed;
    }
  }
  size_t place = 0;
  for (const std::string& check : judged.failed) {
    if (const auto known = number_of_.find(check); known != number_of_.end()) standings.of[known->second] = place;
    ++place;
  }
  return standings;
}

std::vector<GatheredCause> Gatherer::Gather(const JudgedChecks& judged) const {
  const CauseCatalogue& catalogue = catalogue_;
  const std::vector<std::string> failed(judged.failed.begin(), judged.failed.end());
  const Standings standings = StandingsOf(judged);
  std::vector<Candidate> candidates;
  std::vector<std::vector<size_t>> also;
  for (size_t i = 0; i < causes_.size(); ++i) {
    also.push_back(standings.FailedOf(causes_[i].also));
    if (std::optional<Candidate> shown = standings.Shown(causes_[i], i)) {
      candidates.push_back(*std::move(shown));
      continue;
    }
    for (const Numbers& pattern : causes_[i].patterns) {
      if (std::optional<Candidate> fits = standings.Fitting(pattern, i)) candidates.push_back(*std::move(fits));
    }
  }
  std::vector<size_t> chosen = Cover(catalogue, candidates, also, failed.size()).Chosen();
  // What later ones explain together needs no cause of its own any more; the smallest goes first.
  std::vector<size_t> explained_by(failed.size(), 0);
  for (const size_t one : chosen) {
    for (const size_t check : candidates[one].hit) ++explained_by[check];
  }
  std::vector<size_t> by_size = chosen;
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](size_t a, size_t b) { return candidates[a].hit.size() < candidates[b].hit.size(); });
  for (const size_t one : by_size) {
    const std::vector<size_t>& hit = candidates[one].hit;
    if (!std::all_of(hit.begin(), hit.end(), [&](size_t check) { return explained_by[check] > 1; })) continue;
    for (const size_t check : hit) --explained_by[check];
    std::erase(chosen, one);
  }
  std::stable_sort(chosen.begin(), chosen.end(), [&](size_t a, size_t b) {
    const Cause& one = catalogue.causes[candidates[a].cause];
    const Cause& other = catalogue.causes[candidates[b].cause];
    if (one.gravity != other.gravity) return one.gravity < other.gravity;
    if (candidates[a].hit.size() != candidates[b].hit.size()) {
      return candidates[a].hit.size() > candidates[b].hit.size();
    }
    return one.name < other.name;
  });
  std::vector<GatheredCause> causes;
  std::vector<bool> told(failed.size(), false);
  for (const size_t one : chosen) {
    const Cause* cause = &catalogue.causes[candidates[one].cause];
    auto place = std::find_if(causes.begin(), causes.end(),
                              [&](const GatheredCause& gathered) { return gathered.cause == cause; });
    if (place == causes.end()) place = causes.insert(causes.end(), {.cause = cause});
    for (const size_t check : candidates[one].hit) {
      if (!told[check]) place->explains.insert(failed[check]);
      told[check] = true;
    }
  }
  // What another explains by itself is that one's.
  for (GatheredCause& gathered : causes) {
    for (const size_t check : also[static_cast<size_t>(gathered.cause - catalogue.causes.data())]) {
      if (!told[check]) gathered.explains.insert(failed[check]);
      told[check] = true;
    }
  }
  return causes;
}

std::vector<NamedCause> CausesOf(const CauseCatalogue& catalogue, const RunResult& run) {
  struct AtTarget {
    JudgedChecks judged;
    std::map<std::string, int> failures;  // by check, known ones left out
    int of = 0;
  };
  std::vector<NamedCause> named;
  if (run.shard.of > 0) return named;
  std::map<std::string, AtTarget> of;
  for (const ScenarioResult& scenario : run.scenarios) {
    AtTarget& target = of[scenario.target];
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict == Verdict::kPassed) target.judged.passed.insert(check.id);
        if (check.verdict != Verdict::kFailed) continue;
        target.judged.failed.insert(check.id);
        if (check.known) continue;
        ++target.failures[check.id];
        ++target.of;
      }
    }
  }
  const Gatherer gatherer(catalogue);
  for (const auto& [name, target] : of) {
    if (target.of == 0) continue;
    for (const GatheredCause& gathered : gatherer.Gather(target.judged)) {
      const Cause& cause = *gathered.cause;
      NamedCause one{.name = cause.name,
                     .target = name,
                     .says = cause.says,
                     .gravity = cause.gravity,
                     .fix = cause.fix,
                     .clause = cause.clause,
                     .checks = {gathered.explains.begin(), gathered.explains.end()},
                     .of = target.of};
      for (const std::string& check : one.checks) {
        const auto failures = target.failures.find(check);
        if (failures != target.failures.end()) one.explains += failures->second;
      }
      if (one.explains > 0) named.push_back(std::move(one));
    }
  }
  std::stable_sort(named.begin(), named.end(), [](const NamedCause& a, const NamedCause& b) {
    return a.gravity != b.gravity ? a.gravity < b.gravity : a.explains > b.explains;
  });
  return named;
}

}  // namespace iff
