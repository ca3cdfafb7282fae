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
namespace {

int Complain(const Error& error, const std::function<void(std::string_view)>& say) {
  say("iff: " + error.message());
  return ExitCodeFor(error);
}

}  // namespace

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

int MergeRuns(const Options& options, const std::function<void(std::string_view)>& say) {
  std::vector<RunResult> runs;
  for (const std::string& path : options.selectors) {
    Result<RunResult> run = ReadRun(path);
    if (!run.ok()) return Complain(run.error(), say);
    const std::filesystem::path given(path);
    const Result<void> kept = LoadArtefacts((std::filesystem::is_directory(given) ? given : given.parent_path()).string(), *run);
    if (!kept.ok()) return Complain(kept.error(), say);
    runs.push_back(std::move(run).value());
  }
  const Result<RunResult> whole = Merge(std::move(runs));
  if (!whole.ok()) return Complain(whole.error(), say);
  const Redactor nothing_secret;  // each part has passed the gate where it was made
  const Result<void> published = Publish(*whole, nothing_secret, options.output, PublishOptionsFor(options));
  if (!published.ok()) return Complain(published.error(), say);
  if (options.json) {
    say(DumpPretty(ToJson(*whole)));
  } else {
    say(std::string(RunWord(*whole)) + "  " + Headline(*whole));
    say("report: " + FirstOf(options.output, PublishOptionsFor(options)));
  }
  return static_cast<int>(whole->exit_code());
}

}  // namespace iff
