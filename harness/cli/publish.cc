#include "harness/cli/publish.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "harness/cli/leak_gate.h"
#include "harness/net/http.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

struct Document {
  std::string name;
  std::string text;
};

std::vector<Document> Draw(const RunResult& run, const std::vector<std::string>& forms) {
  std::vector<Document> documents;
  for (const Form& form : Forms()) {
    const bool wanted = form.name == "json" || std::find(forms.begin(), forms.end(), form.name) != forms.end();
    if (!wanted) continue;
    std::ostringstream text;
    form.write(run, text);
    documents.push_back({std::string(form.file), text.str()});
  }
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
    const std::string found = Named(FindLeaks(text.str(), redactor));
    if (!found.empty()) leaks += (leaks.empty() ? "" : ", ") + found + " in " + document.name;
  }
  if (!leaks.empty()) {
    return Error(ErrorKind::kRefused, "nothing was published, because the reports held secrets: " + leaks);
  }
  return {};
}

Result<void> WriteAll(const std::vector<Document>& documents, const Redactor& redactor, const fs::path& folder) {
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

// One request a line; every one of them must be taken.
Result<void> Send(const std::string& collector, const std::string& lines) {
  const std::string base = collector.ends_with('/') ? collector.substr(0, collector.size() - 1) : collector;
  const Url url = TRY(ParseUrl(base + "/v1/traces"));
  HttpClient client(url.endpoint);
  std::istringstream text(lines);
  for (std::string line; std::getline(text, line);) {
    const HttpRequest request{.method = "POST",
                              .target = url.target,
                              .headers = {{"Content-Type", "application/json"}},
                              .body = line};
    const HttpResponse answer = TRY(client.Send(request, Deadline::In(std::chrono::seconds(10))));
    if (answer.status / 100 != 2) {
      return Error(ErrorKind::kProtocol, "the collector answered HTTP " + std::to_string(answer.status));
    }
    const Result<Json> told = ParseJson(answer.body);
    const int64_t refused = told.ok() ? AtOr<int64_t>(*told, "/partialSuccess/rejectedSpans", 0) : 0;
    if (refused > 0) {
      return Error(ErrorKind::kProtocol, "the collector refused " + std::to_string(refused) + " spans");
    }
  }
  return {};
}

// What has passed the gate goes on to whoever else wants it.
Result<void> PassOn(const std::vector<Document>& documents, const PublishOptions& options) {
  const auto text_of = [&documents](std::string_view name) -> const std::string& {
    const Form* form = FindForm(name);
    const auto found = std::find_if(documents.begin(), documents.end(),
                                    [form](const Document& one) { return form != nullptr && one.name == form->file; });
    Invariant(found != documents.end(), "whatever is passed on has been drawn");
    return found->text;
  };
  for (const auto& [form, path] : options.copies) TRY(WriteWhole(path, text_of(form)));
  if (!options.collector.empty()) {
    TRY(Send(options.collector, text_of("otlp")).While("send the trace to " + options.collector));
  }
  return {};
}

}  // namespace

Result<void> Publish(const RunResult& run, const Redactor& redactor, const std::string& directory,
                     const PublishOptions& options) {
  std::error_code problem;
  const fs::path place = fs::path(directory).has_filename() ? fs::path(directory) : fs::path(directory).parent_path();
  static std::atomic<int> count = 0;  // an environment that is up publishes for several at a time
  const fs::path unfinished =
      place.string() + ".unfinished-" + std::to_string(getpid()) + "-" + std::to_string(++count);
  fs::create_directories(unfinished, problem);
  if (problem) return SystemError("make " + unfinished.string(), problem.value()).While("write the reports");
  std::vector<std::string> forms = options.forms;
  for (const auto& [form, path] : options.copies) forms.push_back(form);
  if (!options.collector.empty()) forms.emplace_back("otlp");
  const std::vector<Document> documents = Draw(run, forms);
  Result<void> written = WriteAll(documents, redactor, unfinished);
  if (written.ok()) written = MoveAll(unfinished, place);
  fs::remove_all(unfinished, problem);
  if (!written.ok()) return std::move(written).While("write the reports");
  return PassOn(documents, options);
}

std::string FirstOf(const std::string& directory, const PublishOptions& options) {
  for (const std::string_view name : {"html", "markdown", "junit", "sarif"}) {
    if (std::find(options.forms.begin(), options.forms.end(), name) != options.forms.end()) {
      return directory + "/" + std::string(FindForm(name)->file);
    }
  }
  return directory + "/result.json";
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

}  // namespace iff
