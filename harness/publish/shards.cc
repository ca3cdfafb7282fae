#include "harness/publish/shards.h"

#include <filesystem>
#include <map>
#include <utility>

#include "harness/publish/stored_runs.h"
#include "harness/run/result_merge.h"

namespace iff {

std::vector<Scenario> PartOf(const std::vector<Scenario>& whole, const Shard& shard) {
  if (shard.of == 0) return whole;
  std::vector<Scenario> part;
  for (const Scenario& scenario : whole) {
    if (ShardOf(scenario.id, shard.of) == shard.index) part.push_back(scenario);
  }
  return part;
}

void NotePlaces(const std::vector<Scenario>& whole, const Shard& shard, RunResult& run) {
  if (shard.of == 0) return;
  run.shard = shard;
  std::map<std::string, int> place;
  for (const Scenario& scenario : whole) place.try_emplace(scenario.id, static_cast<int>(place.size()) + 1);
  for (ScenarioResult& scenario : run.scenarios) scenario.place = place[scenario.id];
}

Result<RunResult> MergeStored(const std::vector<std::string>& paths) {
  std::vector<RunResult> runs;
  for (const std::string& path : paths) {
    RunResult run = TRY(ReadRun(path));
    const std::filesystem::path given(path);
    TRY(LoadArtefacts((std::filesystem::is_directory(given) ? given : given.parent_path()).string(), run));
    runs.push_back(std::move(run));
  }
  return Merge(std::move(runs));
}

}  // namespace iff
