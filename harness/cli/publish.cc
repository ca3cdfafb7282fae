#include "harness/cli/publish.h"

#include <unistd.h>

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
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return SystemError("write " + path.string(), errno);
  return {};
}

// The gate reads what lies on the disk, not what was meant to.
Result<void> PassGate(const fs::path& folder, const Redactor& redactor) {
  std::string leaks;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    for (const Redactor::Leak& leak : redactor.Scan(text.str())) {
      leaks += (leaks.empty() ? "" : ", ") + leak.alias + " (" + leak.encoding + ") in " +
               entry.path().filename().string();
    }
  }
  if (!leaks.empty()) {
    return Error(ErrorKind::kRefused, "nothing was published, because the reports held secrets: " + leaks);
  }
  return {};
}

Result<void> WriteAll(const RunResult& run, const Redactor& redactor, const fs::path& folder) {
  for (const Document& document : Draw(run)) TRY(WriteWhole(folder / document.name, document.text));
  return PassGate(folder, redactor);
}

}  // namespace

Result<void> Publish(const RunResult& run, const Redactor& redactor, const std::string& directory) {
  std::error_code problem;
  const fs::path unfinished = directory + ".unfinished-" + std::to_string(getpid());
  fs::create_directories(unfinished, problem);
  if (problem) return SystemError("make " + unfinished.string(), problem.value()).While("write the reports");
  Result<void> written = WriteAll(run, redactor, unfinished);
  if (!written.ok()) {
    fs::remove_all(unfinished, problem);
    return written.error().While("write the reports");
  }
  fs::create_directories(directory, problem);
  for (const auto& entry : fs::directory_iterator(unfinished)) {
    fs::rename(entry.path(), fs::path(directory) / entry.path().filename(), problem);
    if (problem) return SystemError("publish into " + directory, problem.value());
  }
  fs::remove_all(unfinished, problem);
  return {};
}

}  // namespace iff
