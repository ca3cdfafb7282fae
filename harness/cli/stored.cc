#include "harness/cli/stored.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/cli/publish.h"
#include "harness/cli/voice.h"
#include "harness/core/bytes.h"
#include "harness/core/yaml.h"
#include "harness/replay/judge_again.h"
#include "harness/run/evidence.h"
#include "harness/run/history.h"
#include "harness/run/recording.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

// The youngest run; their names sort by time.
std::string LastRun(const fs::path& out) {
  std::string last;
  std::error_code problem;
  for (fs::directory_iterator entry(out, problem), end; !problem && entry != end; entry.increment(problem)) {
    if (fs::exists(entry->path() / "result.json", problem)) last = std::max(last, entry->path().filename().string());
  }
  return last;
}

// The scenario as it is now, where its steps are still those that were played; as it was, otherwise.
Result<Scenario> ScenarioFor(const ScenarioResult& stored, const Json& evidence, const std::vector<Suite>& suites,
                             const std::function<Result<Scenario>(const Json&)>& read) {
  const Json document = AtOr<Json>(evidence, "/scenario", nullptr);
  for (const Suite& suite : suites) {
    for (const Scenario& scenario : suite.scenarios) {
      if (scenario.id == stored.id && SameSteps(scenario.source, document)) return scenario;
    }
  }
  return read(document);
}

Result<std::string> TextOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(ErrorKind::kInvalidInput, "read " + path.string() + ": no such file");
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

Result<Json> ReadEvidence(const fs::path& path) {
  const std::string text = TRY(TextOf(path));
  return ParseEvidence(text).While("read " + path.string());
}

Json ToJson(const ScenarioPast& past) {
  return {{"id", past.id},          {"runs", past.runs},         {"bad", past.bad},
          {"turns", past.turns},    {"rate", past.rate.rate},    {"low", past.rate.low},
          {"high", past.rate.high}, {"trend", Name(past.trend)}, {"first_bad", past.first_bad}};
}

}  // namespace

Result<Json> ReadJson(const std::filesystem::path& path) {
  const std::string text = TRY(TextOf(path));
  return ParseJson(text).While("read " + path.string());
}

std::string Percent(double rate) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f%%", rate * 100);
  return text;
}

Result<std::string> FindRun(const Options& options, const Places& places) {
  const fs::path out = places.ReportsFolder();
  std::error_code unknown;
  const fs::path folder = options.folder.empty() ? fs::current_path(unknown) : fs::path(options.folder);
  const std::string given = options.path == "last" ? LastRun(out) : options.path;
  for (const fs::path& base : {folder, out}) {
    fs::path run = (base / given).lexically_normal();
    if (run.filename() == "result.json") run = run.parent_path();
    if (!given.empty() && fs::exists(run / "result.json", unknown)) return run.string();
  }
  return Error(ErrorKind::kInvalidInput,
               "no run is called '" + options.path + "': want a run's folder, its name, or last");
}

std::string ArtefactName(std::string_view kind, std::string_view id, std::string_view extension) {
  std::string name(kind);
  name += '/';
  for (const char c : id) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_-@/").find(c) != std::string_view::npos;
    name += plain ? c : '_';
  }
  return name.append(extension);
}

Result<void> LoadArtefacts(const std::string& folder, RunResult& run) {
  std::error_code unknown;
  for (ScenarioResult& scenario : run.scenarios) {
    const std::string recording = folder + "/" + ArtefactName("recordings", scenario.id, ".yaml");
    if (fs::exists(recording, unknown)) scenario.recording = TRY(ReadRecording(recording));
    const std::string evidence = folder + "/" + ArtefactName("evidence", scenario.id, ".json");
    if (fs::exists(evidence, unknown)) scenario.evidence = TRY(ReadEvidence(evidence));
  }
  return {};
}

std::string HistoryPath(const Places& places) { return places.ReportsFolder() + "/history.jsonl"; }

int JudgeStored(const SessionOptions& session, const ProbeSet& probes, const Options& options, const Say& say) {
  const Result<std::string> folder = FindRun(options, session.places);
  if (!folder.ok()) return say.Complain(folder.error());
  Result<RunResult> run = ReadRun(*folder);
  if (!run.ok()) return say.Complain(run.error());
  const Result<System> system = LoadSystemFor(session);
  if (!system.ok()) return say.Complain(system.error());
  const Result<std::vector<Suite>> suites = LoadAllSuites(session, *system, probes);
  if (!suites.ok()) return say.Complain(suites.error());

  size_t checks = 0;
  size_t otherwise = 0;
  Json list = Json::array();
  for (ScenarioResult& stored : run->scenarios) {
    if (!stored.inapplicable.empty()) continue;  // nothing was seen
    const std::string path = *folder + "/" + ArtefactName("evidence", stored.id, ".json");
    const Result<Json> evidence = ReadEvidence(path);
    if (!evidence.ok()) return say.Complain(evidence.error());
    const Result<Scenario> scenario = ScenarioFor(stored, *evidence, *suites, [&](const Json& document) {
      return ReadScenarioOf(*system, probes, session.places.root, document, path);
    });
    if (!scenario.ok()) return say.Complain(scenario.error());
    Result<JudgedAgain> again = JudgeAgain(*scenario, stored, *evidence).While("judge " + stored.id + " again");
    if (!again.ok()) return say.Complain(again.error());
    for (const StepResult& step : again->result.steps) checks += step.checks.size();
    otherwise += again->differences.size();
    for (const std::string& line : again->differences) {
      list.push_back({{"scenario", stored.id}, {"difference", line}});
      if (!options.quiet && !options.json) say(stored.id + ": " + line);
    }
    if (options.verbose && !options.json && again->differences.empty()) say(stored.id + ": as before");
    again->result.evidence = *evidence;
    stored = std::move(again->result);
  }
  if (options.json) {
    say(DumpPretty({{"checks", checks}, {"differences", list}, {"exit_code", static_cast<int>(run->exit_code())}}));
  } else {
    say(std::to_string(checks) + " checks judged again, " + std::to_string(otherwise) + " otherwise than before");
  }
  if (!options.output.empty()) {
    const Redactor nothing_secret;  // what was stored passed the gate when it was written, if iff wrote it
    const Result<void> published = Publish(*run, nothing_secret, options.output, {.stored = true});
    if (!published.ok()) return say.Complain(published.error());
    if (!options.json && !options.quiet) say("report: " + options.output + "/report.html");
  }
  return static_cast<int>(run->exit_code());
}

int TellHistory(const Places& places, const Options& options, const Say& say) {
  const Result<std::vector<PastRun>> runs = ReadHistory(HistoryPath(places));
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
