// Which scenario plays when: those that idle and those that work side by side, then those that play alone.
#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>

#include "harness/run/closing.h"
#include "harness/run/evidence.h"
#include "harness/run/needs.h"
#include "harness/run/runner.h"

namespace iff {

RunResult Runner::Run(const std::vector<Scenario>& scenarios) {
  RunResult run{.system = context_.system.name, .started = Rfc3339(context_.clock.Now())};
  const auto began = std::chrono::steady_clock::now();
  std::deque<size_t> idling;  // wait for time to pass, and leave the machine to others meanwhile
  std::deque<size_t> working;
  for (size_t i = 0; i < scenarios.size(); ++i) {
    if (!scenarios[i].exclusive) (Idles(scenarios[i]) ? idling : working).push_back(i);
  }
  const size_t hands_wanted = static_cast<size_t>(std::max(1, options_.jobs));
  if (!options_.as_given) LightestFirst(scenarios, hands_wanted, working);

  std::vector<ScenarioResult> results(scenarios.size());
  std::mutex mutex;                          // of on_scenario and first_green_us
  std::atomic<bool> told = working.empty();  // a verdict, or nothing there to tell one
  const auto perform = [&](size_t index, bool held) {
    const Scenario& scenario = scenarios[index];
    if (options_.cancelled != nullptr && *options_.cancelled) {
      results[index] = {
          .id = scenario.id,
          .suite = scenario.suite,
          .target = scenario.target,
          .title = scenario.title,
          .file = scenario.file,
          .error = std::string(kInterrupted),
          .evidence = {{"evidence", kEvidenceVersion}, {"id", scenario.id}, {"scenario", scenario.source}}};
      ErrorTheRest(scenario, results[index]);
      return;
    }
    if (options_.on_scenario) {
      const std::lock_guard lock(mutex);
      options_.on_scenario(scenario, nullptr);
    }
    results[index] = held ? RunHeld(scenario, context_) : RunOne(scenario);
    const std::lock_guard lock(mutex);
    if (run.first_green_us == 0 && results[index].verdict() == Verdict::kPassed) {
      run.first_green_us =
          std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - context_.run_began)
              .count();
    }
    if (options_.on_scenario) options_.on_scenario(scenario, &results[index]);
    told = true;
  };

  // All hands but one begin with those that idle: they leave the machine to that one, and left to the end they would
  // keep everybody waiting.
  std::mutex taking;
  const auto take = [&](bool idlers_first) -> std::optional<size_t> {
    const std::lock_guard lock(taking);
    std::deque<size_t>& first = idlers_first ? idling : working;
    std::deque<size_t>& queue = first.empty() ? (idlers_first ? working : idling) : first;
    if (queue.empty()) return {};
    const size_t index = queue.front();
    queue.pop_front();
    return index;
  };
  const auto side_by_side = [&](bool held) {
    std::vector<std::thread> hands;
    for (size_t hand = 0; hand < hands_wanted; ++hand) {
      hands.emplace_back([&, hand] {
        if (hand != 0 && options_.one_begins) {
          (void)Eventually(Deadline::In(std::chrono::seconds(1)), [&]() -> Result<bool> { return told.load(); });
        }
        while (const std::optional<size_t> index = take(hand != 0)) perform(*index, held);
      });
    }
    for (std::thread& hand : hands) hand.join();
  };
  side_by_side(false);
  targets_.Dismiss();  // who plays alone gets a fresh one, and has the machine and the components to itself
  for (std::deque<size_t>& group : AloneInTurn(scenarios, probes_)) {
    if (!BearsItsLike(scenarios[group.front()], probes_)) {
      DismissPeople(context_);  // nobody is to be removed from what is disturbed
      context_.janitor.Finish();
    }
    std::unique_lock held(context_.exclusivity, std::try_to_lock);
    if (!held && options_.on_wait) options_.on_wait();
    if (!held) held.lock();
    working.swap(group);
    side_by_side(true);
  }
  DismissPeople(context_);  // a canary is of one run

  run.scenarios = std::move(results);
  run.accepted = AcceptedCauses(options_.known_failures, context_.clock.Now());
  run.unexpected_passes = UnexpectedPasses(options_.known_failures, context_.clock.Now(), run.scenarios);
  run.took_us = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count();
  return run;
}

}  // namespace iff
