#include "harness/publish/publish.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "harness/core/new_file.h"
#include "harness/net/http.h"
#include "harness/publish/leak_gate.h"
#include "harness/publish/stored_runs.h"
#include "harness/run/recording.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

struct Document {
  std::string name = {};
  std::function<std::string()> draw = {};
  bool passed_on = false;  // so its text is kept
  std::string text = {};
};

// `work` for each index below `count`, on every processor: what is done when all have played is waited for.
void ForEach(size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  std::vector<std::thread> hands;
  for (unsigned hand = 0; hand < std::max(1U, std::thread::hardware_concurrency()); ++hand) {
    hands.emplace_back([&] {
      for (size_t i = next++; i < count; i = next++) work(i);
    });
  }
  for (std::thread& hand : hands) hand.join();
}

// What is to be published, not drawn yet. `run` outlives it.
std::vector<Document> ListDocuments(const RunResult& run, const std::vector<std::string>& forms,
                                    const PublishOptions& options) {
  std::vector<Document> documents;
  const auto add = [&](std::string name, std::function<std::string()> draw, bool passed_on = false) {
    documents.push_back({.name = std::move(name), .draw = std::move(draw), .passed_on = passed_on});
  };
  for (const Form& form : Forms()) {
    const bool wanted = form.name == "json" || std::find(forms.begin(), forms.end(), form.name) != forms.end();
    if (!wanted) continue;
    const bool passed_on =
        options.copies.contains(std::string(form.name)) || (form.name == "otlp" && !options.collector.empty());
    add(
        std::string(form.file),
        [&run, &form] {
          std::ostringstream text;
          form.write(run, text);
          return std::move(text).str();
        },
        passed_on);
  }
  for (const ScenarioResult& scenario : run.scenarios) {
    if (scenario.recording.is_object()) {
      add(ArtefactName("recordings", scenario.id, ".yaml"), [&scenario] { return RecordingText(scenario.recording); });
    }
    for (const auto& [name, text] : scenario.attachments) {
      const size_t dot = std::min(name.size(), name.rfind('.'));
      add(ArtefactName("found", scenario.id + "/" + name.substr(0, dot), name.substr(dot)),
          [&text = text] { return text; });
    }
    if (!scenario.evidence.is_object()) continue;
    add(ArtefactName("evidence", scenario.id, ".json"), [&scenario] { return Dump(scenario.evidence) + "\n"; });
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

// A file that was not read whole would pass for one without secrets.
Result<void> ReadBack(const fs::path& path, std::string_view text) {
  constexpr size_t kPiece = size_t{1} << 20;
  std::ifstream in(path, std::ios::binary);
  std::string piece;
  bool same = in.good();
  for (; same && !text.empty(); text.remove_prefix(piece.size())) {
    piece.resize(std::min(kPiece, text.size()));
    same = in.read(piece.data(), static_cast<std::streamsize>(piece.size())) && text.starts_with(piece);
  }
  if (same && in.peek() == std::ifstream::traits_type::eof()) return {};
  return Error(ErrorKind::kSystem, "read " + path.string() + " back: not what was written");
}

// The secrets found in `document` as it lies on the disk; empty for none. It is drawn, written and looked through in
// one go, and then dropped: of a large run only as many documents are in memory as there are hands.
Result<std::string> Write(Document& document, const fs::path& folder, const Redactor& redactor,
                          const std::optional<SecretShapes>& stored) {
  std::string text = document.draw();
  TRY(WriteWhole(folder / document.name, text));
  TRY(ReadBack(folder / document.name, text));
  std::string named = Named(FindLeaks(text, redactor));
  if (stored) {
    for (const std::string& shape : stored->In(text)) named += (named.empty() ? "" : ", ") + shape;
  }
  if (document.passed_on) document.text = std::move(text);
  return named;
}

// The gate reads what lies on the disk, not what was meant to.
Result<void> WriteAll(std::vector<Document>& documents, const Redactor& redactor, const fs::path& folder,
                      const std::vector<std::string>& also_read, const std::optional<SecretShapes>& stored) {
  std::vector<Result<std::string>> each(documents.size(), std::string());
  std::vector<Result<std::vector<Redactor::Leak>>> elsewhere(also_read.size(), std::vector<Redactor::Leak>());
  // The logs first: they are the largest.
  ForEach(also_read.size() + documents.size(), [&](size_t i) {
    if (i < also_read.size()) {
      elsewhere[i] = LeaksIn(also_read[i], redactor);
    } else {
      each[i - also_read.size()] = Write(documents[i - also_read.size()], folder, redactor, stored);
    }
  });
  std::string leaks;
  for (size_t i = 0; i < documents.size(); ++i) {
    const std::string names = TRY(std::move(each[i]));
    if (!names.empty()) leaks += (leaks.empty() ? "" : ", ") + names + " in " + documents[i].name;
  }
  for (size_t i = 0; i < also_read.size(); ++i) {
    const std::vector<Redactor::Leak> found = TRY(std::move(elsewhere[i]));
    for (const Redactor::Leak& leak : found) {
      leaks += (leaks.empty() ? "" : ", ") + leak.alias + " (" + leak.encoding + ") in " + also_read[i];
    }
  }
  if (!leaks.empty()) {
    return Error(ErrorKind::kRefused, "nothing was published, because the reports held secrets: " + leaks);
  }
  return {};
}

// What lies in the place already and is not about to be replaced.
std::vector<std::string> FilesThere(const fs::path& place) {
  std::vector<std::string> files;
  std::error_code problem;
  if (!fs::is_directory(place, problem)) return files;
  for (fs::recursive_directory_iterator entry(place, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const std::string first = entry->path().lexically_relative(place).begin()->string();
    const bool ours = first == "recordings" || first == "evidence" || first == "found" ||
                      std::any_of(Forms().begin(), Forms().end(), [&](const Form& form) { return form.file == first; });
    if (!ours && entry->is_regular_file(problem)) files.push_back(entry->path().string());
  }
  return files;
}

// Whole or not at all: a full disk, or our death, leaves nothing of it under its name.
Result<void> WriteInOneStep(const fs::path& path, const std::string& text) {
  std::error_code problem;
  // What is no file, such as /dev/stdout, is written into.
  if (fs::exists(path, problem) && !fs::is_regular_file(path, problem)) return WriteWhole(path, text);
  const fs::path place = fs::is_symlink(path, problem) ? fs::weakly_canonical(path, problem) : path;
  if (place.has_parent_path()) fs::create_directories(place.parent_path(), problem);
  if (problem) return SystemError("make " + place.parent_path().string(), problem.value());
  return ReplaceFile(place.string(), text);
}

// All of it in one step, where nothing is in the place yet. Else each file in one, so that nobody ever reads half of
// one.
Result<void> MoveAll(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  if (!fs::exists(to, problem)) {
    fs::rename(from, to, problem);
    if (!problem) return {};
  }
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

// One request a line; every one of them must be taken.
Result<void> Send(const std::string& collector, const std::string& lines) {
  const std::string base = collector.ends_with('/') ? collector.substr(0, collector.size() - 1) : collector;
  const Url url = TRY(ParseUrl(base + "/v1/traces"));
  HttpClient client(url.endpoint);
  std::istringstream text(lines);
  for (std::string line; std::getline(text, line);) {
    const HttpRequest request{
        .method = "POST", .target = url.target, .headers = {{"Content-Type", "application/json"}}, .body = line};
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
  for (const auto& [form, path] : options.copies)
    TRY(WriteInOneStep(path, text_of(form)).While("write a copy of the reports"));
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
  const fs::path unfinished = TRY(NewFolderBeside(place.string()).While("write the reports"));
  std::vector<std::string> forms = options.forms;
  for (const auto& [form, path] : options.copies) forms.push_back(form);
  if (!options.collector.empty()) forms.emplace_back("otlp");
  std::vector<Document> documents = ListDocuments(run, forms, options);
  std::vector<std::string> others = FilesThere(place);
  others.insert(others.end(), options.also_read.begin(), options.also_read.end());
  Result<void> written = WriteAll(documents, redactor, unfinished, others, options.stored);
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

}  // namespace iff
