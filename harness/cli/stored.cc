#include "harness/cli/stored.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/cli/console.h"
#include "harness/core/bytes.h"
#include "harness/core/yaml.h"
#include "harness/environment/drivers.h"
#include "harness/publish/history.h"
#include "harness/publish/publish.h"
#include "harness/publish/stored_runs.h"
#include "harness/replay/judge_stored.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

Json ToJson(const ScenarioPast& past) {
  return {{"id", past.id},          {"runs", past.runs},         {"bad", past.bad},
          {"turns", past.turns},    {"rate", past.rate.rate},    {"low", past.rate.low},
          {"high", past.rate.high}, {"trend", Name(past.trend)}, {"first_bad", past.first_bad}};
}

}  // namespace

std::string Percent(double rate) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f%%", rate * 100);
  return text;
}

Result<std::string> FindRun(const Options& options, const Places& places) {
  std::error_code unknown;
  return FindRun(options.path, options.folder.empty() ? fs::current_path(unknown) : fs::path(options.folder),
                 places.ReportsFolder());
}

int JudgeStored(const SessionOptions& session, const ProbeSet& probes, const Options& options, const Say& say) {
  const Result<std::string> folder = FindRun(options, session.places);
  if (!folder.ok()) return say.Complain(folder.error());
  const Result<JudgedRun> judged = JudgeStoredRun(session, probes, *folder);
  if (!judged.ok()) return say.Complain(judged.error());
  size_t otherwise = 0;
  Json list = Json::array();
  for (const JudgedRun::One& one : judged->scenarios) {
    otherwise += one.differences.size();
    for (const std::string& line : one.differences) {
      list.push_back({{"scenario", one.id}, {"difference", line}});
      if (!options.quiet && !options.json) say(one.id + ": " + line);
    }
    if (options.verbose && !options.json && one.differences.empty()) say(one.id + ": as before");
  }
  if (options.json) {
    say(DumpPretty(
        {{"checks", judged->checks}, {"differences", list}, {"exit_code", static_cast<int>(judged->run.exit_code())}}));
  } else {
    say(std::to_string(judged->checks) + " checks judged again, " + std::to_string(otherwise) +
        " otherwise than before");
  }
  if (!options.output.empty()) {
    const Redactor nothing_secret;  // what was stored passed the gate when it was written, if iff wrote it
    const Result<void> published =
        Publish(judged->run, nothing_secret, options.output, {.stored = SecretShapesOf(session.driver_registry)});
    if (!published.ok()) return say.Complain(published.error());
    if (!options.json && !options.quiet) say("report: " + options.output + "/report.html");
  }
  return static_cast<int>(judged->run.exit_code());
}

int TellHistory(const Places& places, const Options& options, const Say& say) {
  const Result<std::vector<PastRun>> runs = ReadHistory(HistoryPath(places.ReportsFolder()));
  if (!runs.ok()) return say.Complain(runs.error());
  const std::vector<ScenarioPast> all = Weigh(*runs);
  Json list = Json::array();
  std::map<Trend, size_t> trends;
  size_t told = 0;
  for (const ScenarioPast& past : all) {
    ++trends[past.trend];
    const std::vector<std::string>& wanted = options.selectors;
    const bool selected =
        wanted.empty() ? past.bad > 0 || options.verbose
                       : std::any_of(wanted.begin(), wanted.end(), [&](const std::string& each) {
                           return past.id == each || past.id.starts_with(each + "@") || past.id.starts_with(each + "/");
                         });
    if (!selected) continue;
    ++told;
    if (options.json) {
      list.push_back(ToJson(past));
      continue;
    }
    say(past.id + ": bad in " + std::to_string(past.bad) + " of " + std::to_string(past.runs) + " runs, " +
        Percent(past.rate.rate) + " (" + Percent(past.rate.low) + " to " + Percent(past.rate.high) + "), turned " +
        std::to_string(past.turns) + " times, " + std::string(Name(past.trend)) +
        (past.first_bad.empty() ? "" : ", bad since " + past.first_bad));
  }
  if (options.json) {
    say(DumpPretty(list));
    return 0;
  }
  if (told == 0 && !options.selectors.empty()) {
    return say.Complain(Error(ErrorKind::kInvalidInput, "no run has played '" + options.selectors.front() + "'"));
  }
  std::string summary = std::to_string(all.size()) + " scenarios in " + std::to_string(runs->size()) + " runs";
  for (const auto& [trend, count] : trends) summary += ", " + std::to_string(count) + " " + std::string(Name(trend));
  say(summary);
  return 0;
}

}  // namespace iff
