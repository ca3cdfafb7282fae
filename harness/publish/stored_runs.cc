#include "harness/publish/stored_runs.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "harness/run/evidence.h"
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

Result<std::string> TextOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(ErrorKind::kInvalidInput, "read " + path.string() + ": no such file");
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

}  // namespace

Result<std::string> FindRun(const std::string& given, const fs::path& folder, const fs::path& reports) {
  std::error_code unknown;
  const std::string name = given == "last" ? LastRun(reports) : given;
  for (const fs::path& base : {folder, reports}) {
    fs::path run = (base / name).lexically_normal();
    if (run.filename() == "result.json") run = run.parent_path();
    if (!name.empty() && fs::exists(run / "result.json", unknown)) return run.string();
  }
  return Error(ErrorKind::kInvalidInput, "no run is called '" + given + "': want a run's folder, its name, or last");
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

Result<Json> ReadJson(const fs::path& path) {
  const std::string text = TRY(TextOf(path));
  return ParseJson(text).While("read " + path.string());
}

Result<Json> ReadEvidence(const fs::path& path) {
  const std::string text = TRY(TextOf(path));
  return ParseEvidence(text).While("read " + path.string());
}

Result<RunResult> ReadRun(const std::string& path) {
  std::error_code unknown;
  const fs::path stored = fs::is_directory(path, unknown) ? fs::path(path) / "result.json" : fs::path(path);
  std::ifstream in(stored, std::ios::binary);
  if (!in) return Error(ErrorKind::kInvalidInput, "read " + stored.string() + ": no such file");
  std::ostringstream text;
  text << in.rdbuf();
  const Json json = TRY(ParseJson(text.str()).While("read " + stored.string()));
  return RunFromJson(json).While("read " + stored.string());
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

std::string HistoryPath(const std::string& reports) { return reports + "/history.jsonl"; }

}  // namespace iff
