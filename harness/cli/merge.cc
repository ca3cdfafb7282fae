#include "harness/cli/merge.h"

#include <filesystem>
#include <map>

#include "harness/cli/publish.h"
#include "harness/cli/report_arguments.h"
#include "harness/cli/stored.h"
#include "harness/cli/voice.h"
#include "harness/run/result_merge.h"
#include "reports/wording.h"

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

int MergeRuns(const Options& options, const Speech& say) {
  std::vector<RunResult> runs;
  for (const std::string& path : options.selectors) {
    Result<RunResult> run = ReadRun(path);
    if (!run.ok()) return say.Complain(run.error());
    const std::filesystem::path given(path);
    const Result<void> kept =
        LoadArtefacts((std::filesystem::is_directory(given) ? given : given.parent_path()).string(), *run);
    if (!kept.ok()) return say.Complain(kept.error());
    runs.push_back(std::move(run).value());
  }
  const Result<RunResult> whole = Merge(std::move(runs));
  if (!whole.ok()) return say.Complain(whole.error());
  const Redactor nothing_secret;  // each part has passed the gate where it was made, if it was made by iff
  PublishOptions publish = PublishOptionsFor(options);
  publish.stored = true;
  const Result<void> published = Publish(*whole, nothing_secret, options.output, publish);
  if (!published.ok()) return say.Complain(published.error());
  if (options.json) {
    say(DumpPretty(ToJson(*whole)));
  } else {
    say(std::string(RunWord(*whole)) + "  " + Headline(*whole));
    say("report: " + FirstOf(options.output, PublishOptionsFor(options)));
  }
  return static_cast<int>(whole->exit_code());
}

}  // namespace iff
