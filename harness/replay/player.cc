#include "harness/replay/player.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "harness/replay/as_scenario.h"
#include "harness/run/recording.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

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

Result<void> WriteText(const fs::path& path, const std::string& text) {
  std::error_code problem;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), problem);
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return Error(ErrorKind::kSystem, "write " + path.string() + ": cannot be written");
  return {};
}

}  // namespace

Result<std::vector<RecordingFile>> FindRecordings(const std::string& given, const fs::path& folder,
                                                  const fs::path& reports) {
  std::string name = given;
  if (name == "last" || name.starts_with("last/")) name = LastRecorded(reports) + name.substr(4);
  std::vector<fs::path> files = FilesOf((folder / name).lexically_normal());
  if (files.empty()) files = FilesOf((reports / name).lexically_normal());
  if (files.empty()) {
    return Error(ErrorKind::kInvalidInput,
                 "no recording is called '" + given + "': want a run's folder, RUN/ID, last, or a file of recordings/");
  }
  std::vector<RecordingFile> found;
  for (const fs::path& file : files) found.push_back({file.string(), TRY(ReadRecording(file.string()))});
  return found;
}

Result<Player> Player::Open(Session& session, std::vector<RecordingFile> files, RunRequest request) {
  std::vector<Scenario> scenarios;
  for (const RecordingFile& file : files)
    scenarios.push_back(TRY(session.ReadScenario(AtOr<Json>(file.recording, "/scenario", Json()), file.path)));
  return Player(session, std::move(files), std::move(scenarios), std::move(request));
}

std::vector<Player::Played> Player::Compared() {
  const RunResult run = session_->Run(scenarios_, request_);
  std::vector<Played> all;
  for (size_t i = 0; i < files_.size(); ++i)
    all.push_back({run.scenarios[i].id, Compare(files_[i].recording, run.scenarios[i].recording)});
  return all;
}

Result<std::vector<Player::Learned>> Player::LearnVolatile() {
  const RunResult once = session_->Run(scenarios_, request_);
  const RunResult again = session_->Run(scenarios_, request_);
  std::vector<Learned> all;
  for (size_t i = 0; i < files_.size(); ++i) {
    const VolatileFields fields = ProposeVolatile(once.scenarios[i].recording, again.scenarios[i].recording);
    Learned& learned = all.emplace_back(Learned{
        .id = once.scenarios[i].id, .unusable = fields.unusable, .nothing = fields.pointers.empty(), .pointers = {}});
    if (!learned.unusable.empty()) continue;
    Json recording = files_[i].recording;
    Json known = AtOr<Json>(recording, "/volatile", Json::array());
    for (const std::string& pointer : fields.pointers) {
      if (std::find(known.begin(), known.end(), Json(pointer)) != known.end()) continue;
      learned.pointers.push_back(pointer);
      known.push_back(pointer);
    }
    recording["volatile"] = known;
    if (!known.empty()) TRY(WriteText(files_[i].path, RecordingText(recording)));
  }
  return all;
}

Result<RunResult> Player::KeepAsScenario(const fs::path& path) {
  const RunResult now = session_->Run({scenarios_.front()}, request_);
  const bool passes = now.scenarios.front().verdict() == Verdict::kPassed;
  const std::string suite = path.parent_path().filename().string();
  const std::string id = (suite.empty() ? "recorded" : suite) + "/" + path.stem().string();
  const Json scenario = TRY(AsScenario(passes ? now.scenarios.front().recording : files_.front().recording, id));
  const std::string& root = session_->options().places.root;
  const fs::path schema = fs::path(root) / "scenarios/scenario.schema.json";
  const bool ours = path.string().starts_with(root + "/scenarios/");
  const std::string text = ScenarioText(scenario, ours ? schema.lexically_relative(path.parent_path()).string() : "");
  if (!session_->redactor().Scan(text).empty())
    return Error(ErrorKind::kRefused, "the scenario was not written, because it held a secret");
  const Scenario read = TRY(session_->ReadScenario(scenario, path.string()));
  TRY(WriteText(path, text));
  return session_->Run({read}, request_);
}

}  // namespace iff
