#include "harness/cli/replay.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "harness/cli/voice.h"
#include "harness/replay/as_scenario.h"
#include "harness/replay/compare.h"
#include "harness/run/recording.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

fs::path RunsFolder(const Options& options) {
  std::error_code unknown;
  return options.folder.empty() ? fs::current_path(unknown) : fs::path(options.folder);
}

// The youngest run; their names sort by time.
std::string LastRecorded(const fs::path& out) {
  std::string last;
  std::error_code problem;
  for (fs::directory_iterator entry(out, problem), end; !problem && entry != end; entry.increment(problem)) {
    if (fs::is_directory(entry->path() / "recordings", problem))
      last = std::max(last, entry->path().filename().string());
  }
  return last;
}

std::vector<fs::path> AllBelow(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code problem;
  for (fs::recursive_directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    if (entry->path().extension() == ".yaml") files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// A file; every recording of a run; or the ones of a run that an id means, whose target may be left out.
std::vector<fs::path> FilesOf(const fs::path& given) {
  std::error_code problem;
  if (fs::is_regular_file(given, problem)) return {given};
  if (fs::is_directory(given / "recordings", problem)) return AllBelow(given / "recordings");
  for (fs::path run = given.parent_path(); run.has_relative_path(); run = run.parent_path()) {
    if (!fs::is_directory(run / "recordings", problem)) continue;
    const std::string id = given.lexically_relative(run).string();
    std::vector<fs::path> files;
    for (const fs::path& file : AllBelow(run / "recordings")) {
      const std::string name = file.lexically_relative(run / "recordings").replace_extension().string();
      if (name == id || name.starts_with(id + "@") || name.starts_with(id + "/")) files.push_back(file);
    }
    return files;
  }
  return {};
}

RunRequest RequestOf(const Options& options, const std::atomic<bool>& cancelled) {
  return {.mutant = options.mutant, .jobs = options.jobs, .cancelled = &cancelled};
}

Result<void> WriteText(const fs::path& path, const std::string& text) {
  std::error_code problem;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), problem);
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return Error(ErrorKind::kSystem, "write " + path.string() + ": cannot be written");
  return {};
}

// Everything a replay does with one session; each member answers an exit code.
class Replayer {
 public:
  Replayer(Session& session, const Options& options, const std::atomic<bool>& cancelled, const Speech& say)
      : session_(session), options_(options), cancelled_(cancelled), say_(say) {}

  int All(const std::vector<RecordingFile>& files) {
    std::vector<Scenario> scenarios;
    for (const RecordingFile& file : files) {
      const Result<Scenario> scenario =
          session_.ReadScenario(AtOr<Json>(file.recording, "/scenario", Json()), file.path);
      if (!scenario.ok()) return Complain(scenario.error());
      scenarios.push_back(*scenario);
    }
    if (options_.learn) return Learn(files, scenarios);
    const RunResult run = session_.Run(scenarios, RequestOf(options_, cancelled_));
    if (!options_.as_scenario.empty()) return Keep(files.front(), run.scenarios.front());
    return Tell(files, run);
  }

 private:
  int Complain(const Error& error) { return say_.Complain(error); }

  int Tell(const std::vector<RecordingFile>& files, const RunResult& run) {
    std::map<Outcome, size_t> counts;
    Json list = Json::array();
    for (size_t i = 0; i < files.size(); ++i) {
      const Replayed replayed = Compare(files[i].recording, run.scenarios[i].recording);
      ++counts[replayed.outcome];
      Json lines = Json::array();
      for (const Departure& difference : replayed.differences) lines.push_back(difference.text());
      list.push_back({{"id", run.scenarios[i].id},
                      {"outcome", Name(replayed.outcome)},
                      {"why", replayed.why},
                      {"differences", lines}});
      const bool quiet = options_.json || (options_.quiet && replayed.outcome == Outcome::kUnchanged);
      if (quiet) continue;
      say_(std::string(Name(replayed.outcome)) + "  " + run.scenarios[i].id +
           (replayed.why.empty() ? "" : ": " + replayed.why));
      for (const Json& line : lines) say_("    " + AtOr<std::string>(line, "", ""));
    }
    if (options_.json) say_(session_.redactor().Mask(DumpPretty(list)));
    std::string summary = std::to_string(files.size()) + (files.size() == 1 ? " recording:" : " recordings:");
    for (const auto& [outcome, count] : counts) {
      std::string name(Name(outcome));
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      summary += " " + std::to_string(count) + " " + name + ",";
    }
    summary.pop_back();
    if (!options_.json) say_(summary);
    if (counts.contains(Outcome::kChanged) || counts.contains(Outcome::kStillFailing)) return 1;
    return counts.contains(Outcome::kNotReproducible) ? kErrored : 0;
  }

  // Played twice on the same server: what differs, changes by itself.
  int Learn(const std::vector<RecordingFile>& files, const std::vector<Scenario>& scenarios) {
    const RunResult once = session_.Run(scenarios, RequestOf(options_, cancelled_));
    const RunResult again = session_.Run(scenarios, RequestOf(options_, cancelled_));
    int code = 0;
    for (size_t i = 0; i < files.size(); ++i) {
      const std::string& id = once.scenarios[i].id;
      const VolatileFields fields = ProposeVolatile(once.scenarios[i].recording, again.scenarios[i].recording);
      if (!fields.unusable.empty()) {
        say_(id + ": does not behave the same twice: " + fields.unusable);
        code = kErrored;
        continue;
      }
      Json recording = files[i].recording;
      Json all = AtOr<Json>(recording, "/volatile", Json::array());
      for (const std::string& pointer : fields.pointers) {
        if (std::find(all.begin(), all.end(), Json(pointer)) != all.end()) continue;
        say_(id + ": volatile: " + pointer);
        all.push_back(pointer);
      }
      if (fields.pointers.empty()) say_(id + ": nothing volatile but what is known to be");
      recording["volatile"] = all;
      if (all.empty()) continue;
      const Result<void> written = WriteText(files[i].path, RecordingText(recording));
      if (!written.ok()) return Complain(written.error());
    }
    return code;
  }

  // What passes now is what a regression scenario asks for; where it fails, the scenario asks for what it asked then.
  int Keep(const RecordingFile& file, const ScenarioResult& now) {
    const fs::path path(options_.as_scenario);
    const std::string suite = path.parent_path().filename().string();
    const std::string id = (suite.empty() ? "recorded" : suite) + "/" + path.stem().string();
    const bool passes = now.verdict() == Verdict::kPassed;
    const Result<Json> scenario = AsScenario(passes ? now.recording : file.recording, id);
    if (!scenario.ok()) return Complain(scenario.error());
    const fs::path schema = fs::path(session_.options().places.root) / "scenarios/scenario.schema.json";
    const bool ours = path.string().starts_with(session_.options().places.root + "/scenarios/");
    const std::string text =
        ScenarioText(*scenario, ours ? schema.lexically_relative(path.parent_path()).string() : "");
    if (!session_.redactor().Scan(text).empty()) {
      return Complain(Error(ErrorKind::kRefused, "the scenario was not written, because it held a secret"));
    }
    const Result<Scenario> read = session_.ReadScenario(*scenario, path.string());
    if (!read.ok()) return Complain(read.error());
    const Result<void> written = WriteText(path, text);
    if (!written.ok()) return Complain(written.error());
    const RunResult proof = session_.Run({*read}, RequestOf(options_, cancelled_));
    const Verdict verdict = proof.scenarios.front().verdict();
    say_("wrote " + path.string() + ", which " +
         (verdict == Verdict::kPassed   ? "passes"
          : verdict == Verdict::kFailed ? "fails until the server is mended"
                                        : "could not be judged: " + proof.scenarios.front().error));
    return static_cast<int>(proof.exit_code());
  }

  Session& session_;
  const Options& options_;
  const std::atomic<bool>& cancelled_;
  const Speech& say_;
};

}  // namespace

Result<std::vector<RecordingFile>> FindRecordings(const Options& options, const Places& places) {
  const fs::path out = places.ReportsFolder();
  std::string given = options.path;
  if (given == "last" || given.starts_with("last/")) given = LastRecorded(out) + given.substr(4);
  std::vector<fs::path> files = FilesOf((RunsFolder(options) / given).lexically_normal());
  if (files.empty()) files = FilesOf((out / given).lexically_normal());
  if (files.empty()) {
    return Error(ErrorKind::kInvalidInput, "no recording is called '" + options.path +
                                               "': want a run's folder, RUN/ID, last, or a file of recordings/");
  }
  if (!options.as_scenario.empty() && files.size() > 1) {
    return Error(ErrorKind::kInvalidInput, "'" + options.path + "' names " + std::to_string(files.size()) +
                                               " recordings: one at a time becomes a scenario");
  }
  std::vector<RecordingFile> found;
  for (const fs::path& file : files) found.push_back({file.string(), TRY(ReadRecording(file.string()))});
  return found;
}

int Replay(Session& session, const Options& options, const std::atomic<bool>& cancelled, const Speech& say) {
  const Result<std::vector<RecordingFile>> files = FindRecordings(options, session.options().places);
  if (!files.ok()) return say.Complain(files.error());
  return Replayer(session, options, cancelled, say).All(*files);
}

}  // namespace iff
