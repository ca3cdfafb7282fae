#include "harness/cli/early.h"

#include <utility>

#include "harness/core/log.h"

namespace iff {

EarlyPlay::EarlyPlay(Footing footing, EarlyWish wish) : footing_(std::move(footing)), wish_(std::move(wish)) {
  thread_ = std::thread([this] {
    const Result<void> played = Play();
    if (!played.ok()) Log(LogLevel::kDebug, "nothing-played-early", {{"error", played.error().message()}});
  });
}

EarlyPlay::~EarlyPlay() { (void)Finish(); }

std::map<std::string, ScenarioResult> EarlyPlay::Finish() {
  enough_ = true;
  if (thread_.joinable()) thread_.join();
  return std::exchange(passed_, {});
}

Result<void> EarlyPlay::Play() {
  const std::unique_ptr<Environment> environment =
      TRY(Environment::StandIn(footing_.system.components, footing_.catalogue, footing_.launcher, footing_.issuer_key,
                               footing_.promised, footing_.born));
  if (environment->All<IssuerKeys>().empty())
    return Error(ErrorKind::kUnavailable, "no issuer's keys are known beforehand");
  const Ground ground = footing_.ground(*environment);
  // One at a time: what the components need to start is what it would take from them.
  Runner runner(ground, footing_.probes,
                {.jobs = 1,
                 .on_scenario =
                     [this](const Scenario&, const ScenarioResult* result) {
                       if (result == nullptr || result->verdict() != Verdict::kPassed) return;
                       ScenarioResult& kept = passed_[result->id] = *result;
                       kept.tags.emplace_back(kKeysAloneTag);
                       if (wish_.on_passed) wish_.on_passed(kept);
                     },
                 .cancelled = &enough_});
  (void)runner.Run(wish_.scenarios);
  return {};
}

void PutIn(const std::vector<Scenario>& scenarios, std::map<std::string, ScenarioResult> early, RunResult& run) {
  if (early.empty()) return;
  std::map<std::string, ScenarioResult> all = std::move(early);
  for (const auto& [id, result] : all) {
    const int64_t at = result.started_us + result.took_us;
    if (run.first_early_us == 0 || at < run.first_early_us) run.first_early_us = at;
  }
  for (ScenarioResult& result : run.scenarios) {
    std::string id = result.id;
    all.insert_or_assign(std::move(id), std::move(result));
  }
  run.scenarios.clear();
  for (const Scenario& scenario : scenarios) {
    if (const auto found = all.find(scenario.id); found != all.end()) run.scenarios.push_back(std::move(found->second));
  }
}

}  // namespace iff
