#include "harness/cli/publish.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

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
  return documents;
}

Result<void> WriteWhole(const fs::path& path, const std::string& text) {
  errno = 0;
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return SystemError("write " + path.string(), errno == 0 ? EIO : errno);
  return {};
}

// The gate reads what lies on the disk, not what was meant to.
Result<void> PassGate(const std::vector<Document>& documents, const fs::path& folder, const Redactor& redactor) {
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
  if (!leaks.empty()) {
    return Error(ErrorKind::kRefused, "nothing was published, because the reports held secrets: " + leaks);
  }
  return {};
}

Result<void> WriteAll(const RunResult& run, const Redactor& redactor, const fs::path& folder) {
  const std::vector<Document> documents = Draw(run);
  for (const Document& document : documents) TRY(WriteWhole(folder / document.name, document.text));
  return PassGate(documents, folder, redactor);
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
    if (!problem) fs::rename(from / name, to / name, problem);
  }
  if (problem) return SystemError("publish into " + to.string(), problem.value());
  return {};
}

}  // namespace

Result<void> Publish(const RunResult& run, const Redactor& redactor, const std::string& directory) {
  std::error_code problem;
  const fs::path place = fs::path(directory).has_filename() ? fs::path(directory) : fs::path(directory).parent_path();
  static std::atomic<int> count = 0;  // an environment that is up publishes for several at a time
  const fs::path unfinished =
      place.string() + ".unfinished-" + std::to_string(getpid()) + "-" + std::to_string(++count);
  fs::create_directories(unfinished, problem);
  if (problem) return SystemError("make " + unfinished.string(), problem.value()).While("write the reports");
  Result<void> written = WriteAll(run, redactor, unfinished);
  if (written.ok()) written = MoveAll(unfinished, place);
  fs::remove_all(unfinished, problem);
  return std::move(written).While("write the reports");
}

}  // namespace iff
