#include "harness/prove/stress.h"

#include <random>
#include <string>
#include <utility>

#include "harness/publish/publish.h"
#include "harness/run/runner.h"

namespace iff {
namespace {

constexpr int kMany = 50;
constexpr int kLastSeed = 2'000'000'000;

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
void Count(const RunResult& run, int number, const DrawnRound& round, StressTotals& totals,
           const StressProgress& progress) {
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
    if (progress.on_line) progress.on_line(line);
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

Result<StressTotals> Stress(Session& session, const StressWish& wish, const StressProgress& progress) {
  RunRequest request = wish.request;
  const std::vector<Scenario> selected = TRY(session.Select(request));
  const auto tell = [&](const std::string& line) {
    if (progress.on_line) progress.on_line(line);
  };
  const auto cancelled = [&] { return request.cancelled != nullptr && *request.cancelled; };
  StressTotals totals;
  // Chosen here and told, so that the same order can be had again.
  totals.seed = wish.seed > 0 ? wish.seed : 1 + static_cast<int>(std::random_device()() % 1'000'000'000U);
  for (int number = 1; number <= wish.rounds && !cancelled(); ++number) {
    const int own = 1 + static_cast<int>((int64_t{totals.seed} + number - 2) % kLastSeed);
    const DrawnRound round = DrawRound(own, selected, wish.take, wish.jobs);
    request.jobs = round.jobs;
    request.as_given = true;
    request.seed = round.drawn_by_lot;
    const size_t bad_before = totals.bad;
    RunResult run = session.Run(round.order, request);
    Count(run, number, round, totals, progress);
    // A round none of whose scenarios applies is no error of its own; one that could not be played at all is.
    const bool good = totals.bad == bad_before && run.error.empty();
    // A token takes a hundred kilobytes to be looked for. Of those that passed nothing is published.
    if (good || !wish.until_fail) session.ForgetRuns();
    if (good && progress.on_good) progress.on_good(number);
    // What takes an hour says ten times how far it is.
    if (wish.rounds >= kMany && number % (wish.rounds / 10) == 0 && number < wish.rounds && progress.on_way)
      progress.on_way(number, totals);
    if (good) continue;
    // A proven failure outranks what could not be judged, and nothing that passes later takes either back.
    totals.exit_code = static_cast<int>(totals.failed ? ExitCode::kFailed : ExitCode::kErrored);
    if (!run.error.empty()) tell("round " + std::to_string(number) + ": " + run.error);
    if (!wish.until_fail) continue;
    const std::string folder =
        wish.output.empty() ? session.options().places.ReportsFolder() + "/" + run.id : wish.output;
    totals.published = Publish(run, session.redactor(), folder);
    if (totals.published.ok()) {
      totals.report = folder + "/report.html";
      tell("report: " + totals.report);
    }
    break;
  }
  if (totals.exit_code == 0 && (cancelled() || totals.passed == 0))
    totals.exit_code = static_cast<int>(ExitCode::kErrored);
  totals.rate = WilsonInterval(totals.bad, totals.played);
  return totals;
}

}  // namespace iff
