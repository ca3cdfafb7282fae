#include "harness/cli/publish.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "harness/cli/stored.h"
#include "harness/run/recording.h"
#include "reports/html.h"
#include "reports/junit.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

struct Document {
  std::string name;
  std::string text;
};

std::vector<Document> Draw(const RunResult& run) {
  std::vector<Document> documents;
  documents.push_back({"result.json", DumpPretty(ToJson(run)) + "\n"});
  std::ostringstream junit;
  WriteJunit(run, junit);
  documents.push_back({"junit.xml", junit.str()});
  std::ostringstream html;
  WriteHtml(run, html);
  documents.push_back({"report.html", html.str()});
  for (const ScenarioResult& scenario : run.scenarios) {
    if (scenario.recording.is_object()) {
      documents.push_back({ArtefactName("recordings", scenario.id, ".yaml"), RecordingText(scenario.recording)});
    }
    if (!scenario.evidence.is_object()) continue;
    documents.push_back({ArtefactName("evidence", scenario.id, ".json"), Dump(scenario.evidence) + "\n"});
  }
  return documents;
}

Result<void> WriteWhole(const fs::path& path, const std::string& text) {
  std::error_code problem;
  fs::create_directories(path.parent_path(), problem);
  if (problem) return SystemError("make " + path.parent_path().string(), problem.value());
  errno = 0;
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return SystemError("write " + path.string(), errno == 0 ? EIO : errno);
  return {};
}

// A log or a core file may be of any size: it is read piece by piece, and what lies across a border is seen whole in
// the next one. Each secret is named once.
Result<std::vector<Redactor::Leak>> LeaksIn(const std::string& path, const Redactor& redactor) {
  constexpr size_t kPiece = size_t{4} << 20;
  constexpr size_t kOverlap = size_t{64} << 10;  // longer than any secret in any encoding
  std::ifstream in(path, std::ios::binary);
  if (!in) return SystemError("read " + path, errno);
  std::vector<Redactor::Leak> leaks;
  std::set<std::string> named;
  std::string piece;
  while (in) {
    piece.erase(0, piece.size() > kOverlap ? piece.size() - kOverlap : 0);
    const size_t kept = piece.size();
    piece.resize(kept + kPiece);
    in.read(piece.data() + kept, kPiece);
    piece.resize(kept + static_cast<size_t>(in.gcount()));
    for (Redactor::Leak& leak : redactor.Scan(piece)) {
      if (named.insert(leak.alias).second) leaks.push_back(std::move(leak));
    }
  }
  if (in.bad()) return SystemError("read " + path, EIO);
  return leaks;
}

// The gate reads what lies on the disk, not what was meant to.
Result<void> PassGate(const std::vector<Document>& documents, const fs::path& folder, const Redactor& redactor,
                      const std::vector<std::string>& also_read) {
  std::string leaks;
  for (const Document& document : documents) {
    std::ifstream in(folder / document.name, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    // A file that was not read whole would pass for one without secrets.
    if (text.str() != document.text) {
      return Error(ErrorKind::kSystem, "read " + (folder / document.name).string() + " back: not what was written");
    }
    for (const Redactor::Leak& leak : redactor.Scan(text.str())) {
      leaks += (leaks.empty() ? "" : ", ") + leak.alias + " (" + leak.encoding + ") in " + document.name;
    }
  }
  for (const std::string& path : also_read) {
    const std::vector<Redactor::Leak> found = TRY(LeaksIn(path, redactor));
    for (const Redactor::Leak& leak : found) {
      leaks += (leaks.empty() ? "" : ", ") + leak.alias + " (" + leak.encoding + ") in " + path;
    }
  }
  if (!leaks.empty()) {
    return Error(ErrorKind::kRefused, "nothing was published, because the reports held secrets: " + leaks);
  }
  return {};
}

Result<void> WriteAll(const RunResult& run, const Redactor& redactor, const fs::path& folder,
                      const std::vector<std::string>& also_read) {
  const std::vector<Document> documents = Draw(run);
  for (const Document& document : documents) TRY(WriteWhole(folder / document.name, document.text));
  return PassGate(documents, folder, redactor, also_read);
}

// What lies in the place already and is not about to be replaced.
std::vector<std::string> FilesThere(const fs::path& place) {
  std::vector<std::string> files;
  std::error_code problem;
  if (!fs::is_directory(place, problem)) return files;
  for (fs::recursive_directory_iterator entry(place, problem), end; !problem && entry != end; entry.increment(problem)) {
    const std::string first = entry->path().lexically_relative(place).begin()->string();
    const bool ours = first == "result.json" || first == "junit.xml" || first == "report.html" || first == "recordings" ||
                      first == "evidence";
    if (!ours && entry->is_regular_file(problem)) files.push_back(entry->path().string());
  }
  return files;
}

// Each file in one step, so that nobody ever reads half of one.
Result<void> MoveAll(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  fs::create_directories(to, problem);
  if (problem) return SystemError("make " + to.string(), problem.value());
  std::vector<fs::path> names;
  for (fs::directory_iterator entry(from, problem), end; !problem && entry != end; entry.increment(problem)) {
    names.push_back(entry->path().filename());
  }
  for (const fs::path& name : names) {
    // A folder is put in the place of the one from before, whose files would otherwise stay among the new.
    if (!problem && fs::is_directory(from / name)) fs::remove_all(to / name, problem);
    if (!problem) fs::rename(from / name, to / name, problem);
  }
  if (problem) return SystemError("publish into " + to.string(), problem.value());
  return {};
}

}  // namespace

std::vector<std::string> CoreFiles(const std::vector<std::string>& folders) {
  std::vector<std::string> files;
  for (const std::string& folder : folders) {
    std::error_code problem;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator entry(folder, options, problem), end; !problem && entry != end; entry.increment(problem)) {
      const std::string name = entry->path().filename().string();
      std::error_code gone;
      if ((name == "core" || name.starts_with("core.")) && entry->is_regular_file(gone)) files.push_back(entry->path().string());
    }
  }
  return files;
}

Result<void> Publish(const RunResult& run, const Redactor& redactor, const std::string& directory,
                     const std::vector<std::string>& also_read) {
  std::error_code problem;
  const fs::path place = fs::path(directory).has_filename() ? fs::path(directory) : fs::path(directory).parent_path();
  static std::atomic<int> count = 0;  // an environment that is up publishes for several at a time
  const fs::path unfinished =
      place.string() + ".unfinished-" + std::to_string(getpid()) + "-" + std::to_string(++count);
  fs::create_directories(unfinished, problem);
  if (problem) return SystemError("make " + unfinished.string(), problem.value()).While("write the reports");
  std::vector<std::string> others = FilesThere(place);
  others.insert(others.end(), also_read.begin(), also_read.end());
  Result<void> written = WriteAll(run, redactor, unfinished, others);
  if (written.ok()) written = MoveAll(unfinished, place);
  fs::remove_all(unfinished, problem);
  return std::move(written).While("write the reports");
}

}  // namespace iff
