#include "harness/cli/stress.h"

#include <random>
#include <string>
#include <utility>

#include "harness/cli/stored.h"
#include "harness/cli/voice.h"
#include "harness/publish/history.h"
#include "harness/publish/publish.h"
#include "harness/run/runner.h"

namespace iff {
namespace {

constexpr int kMany = 50;
constexpr int kLastSeed = 2'000'000'000;

struct Totals {
  size_t played = 0;
  size_t passed = 0;
  size_t inapplicable = 0;
  size_t bad = 0;
  bool failed = false;
  std::string first = {};  // the first bad one, as it was told
};

std::string Why(const ScenarioResult& scenario) {
  if (!scenario.error.empty()) return scenario.error;
  for (const StepResult& step : scenario.steps) {
    for (const Check& check : step.checks) {
      const bool bad = check.verdict == Verdict::kFailed || check.verdict == Verdict::kErrored;
      if (bad && !check.known) return check.id + ": " + check.reason;
    }
  }
  return "";
}

// What `round` came to is added to `totals`; each bad scenario is a line with the way to have it again.
void Count(const RunResult& run, int number, const DrawnRound& round, Totals& totals, const Say& say) {
  for (const ScenarioResult& scenario : run.scenarios) {
    if (scenario.error == kInterrupted) continue;  // it was not played
    ++totals.played;
    const Verdict verdict = scenario.verdict();
    if (verdict == Verdict::kPassed) ++totals.passed;
    if (verdict == Verdict::kInapplicable) ++totals.inapplicable;
    if (verdict == Verdict::kPassed || verdict == Verdict::kInapplicable) continue;
    ++totals.bad;
    if (verdict == Verdict::kFailed) totals.failed = true;
    const std::string line = "round " + std::to_string(number) + ": " + scenario.id + " " + std::string(Name(verdict)) +
                             ": " + Why(scenario) + "; this round again: --rounds 1 --seed " +
                             std::to_string(round.seed);
    if (totals.first.empty()) totals.first = line;
    say(line);
  }
}

}  // namespace

DrawnRound DrawRound(int seed, const std::vector<Scenario>& all, int take, int jobs) {
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  DrawnRound round{.seed = seed, .order = all};
  // Not std::shuffle: what it makes of a seed is another thing in another library.
  for (size_t left = round.order.size(); left > 1; --left)
    std::swap(round.order[left - 1], round.order[random() % left]);
  if (take > 0 && static_cast<size_t>(take) < round.order.size()) {
    round.order.erase(round.order.begin() + take, round.order.end());
  }
  const int drawn = 1 + static_cast<int>(random() % 4);
  round.jobs = jobs > 0 ? jobs : drawn;
  round.drawn_by_lot = random() % 1'000'000'000 + 1;
  return round;
}

int Stress(Session& session, const Options& options, const StressOptions& how, const std::atomic<bool>& cancelled,
           const Say& say) {
  RunRequest request{
      .selectors = options.selectors, .targets = options.targets, .mutant = options.mutant, .cancelled = &cancelled};
  const Result<std::vector<Scenario>> selected = session.Select(request);
  if (!selected.ok()) return say.Complain(selected.error());
  const bool told = !options.quiet && !options.json;
  const Say tell = [&](std::string_view line) {
    if (told) say(line);
  };
  // Chosen here and told, so that the same order can be had again.
  const int seed = options.seed > 0 ? options.seed : 1 + static_cast<int>(std::random_device()() % 1'000'000'000U);
  const int rounds = options.rounds > 0 ? options.rounds : 100;
  Totals totals;
  int worst = 0;
  std::string report;
  for (int number = 1; number <= rounds && !cancelled; ++number) {
    const int own = 1 + static_cast<int>((int64_t{seed} + number - 2) % kLastSeed);
    const DrawnRound round = DrawRound(own, *selected, how.take, how.jobs);
    request.jobs = round.jobs;
    request.as_given = true;
    request.seed = round.drawn_by_lot;
    const size_t bad_before = totals.bad;
    RunResult run = session.Run(round.order, request);
    Count(run, number, round, totals, tell);
    // A round none of whose scenarios applies is no error of its own; one that could not be played at all is.
    const bool good = totals.bad == bad_before && run.error.empty();
    // A token takes a hundred kilobytes to be looked for. Of those that passed nothing is published.
    if (good || !options.until_fail) session.ForgetRuns();
    if (good && options.verbose) tell("round " + std::to_string(number) + ": all good");
    // What takes an hour says ten times how far it is.
    if (rounds >= kMany && number % (rounds / 10) == 0 && number < rounds) {
      tell(std::to_string(number) + " of " + std::to_string(rounds) + " rounds: " + std::to_string(totals.played) +
           " played, " + std::to_string(totals.bad) + " bad");
    }
    if (good) continue;
    // A proven failure outranks what could not be judged, and nothing that passes later takes either back.
    worst = totals.failed ? static_cast<int>(ExitCode::kFailed) : kErrored;
    if (!run.error.empty()) tell("round " + std::to_string(number) + ": " + run.error);
    if (!options.until_fail) continue;
    const std::string folder =
        options.output.empty() ? session.options().places.ReportsFolder() + "/" + run.id : options.output;
    const Result<void> published = Publish(run, session.redactor(), folder);
    if (published.ok()) report = folder + "/report.html";
    if (published.ok()) tell("report: " + report);
    if (!published.ok()) (void)say.Complain(published.error());
    break;
  }
  if (worst == 0 && (cancelled || totals.passed == 0)) worst = kErrored;
  const RateInterval rate = WilsonInterval(totals.bad, totals.played);
  if (options.json) {
    say(session.redactor().Mask(DumpPretty({{"played", totals.played},
                                            {"bad", totals.bad},
                                            {"inapplicable", totals.inapplicable},
                                            {"rate", rate.rate},
                                            {"low", rate.low},
                                            {"high", rate.high},
                                            {"seed", seed},
                                            {"first", totals.first},
                                            {"report", report},
                                            {"exit_code", worst}})));
    return worst;
  }
  say(std::to_string(totals.played) + " played, " + std::to_string(totals.bad) + " bad: " + Percent(rate.rate) + " (" +
      Percent(rate.low) + " to " + Percent(rate.high) + ")" +
      (totals.inapplicable > 0 ? "; " + std::to_string(totals.inapplicable) + " did not apply" : "") +
      (cancelled ? "; interrupted" : "") + "; --seed " + std::to_string(seed) + " plays them in the same order");
  return worst;
}

}  // namespace iff
