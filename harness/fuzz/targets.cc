#include "harness/fuzz/targets.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "harness/core/json.h"
#include "harness/core/json_view.h"
#include "harness/core/redact.h"
#include "harness/core/scanner.h"
#include "harness/core/utf8.h"
#include "harness/core/yaml.h"
#include "harness/core/yaml_text.h"
#include "harness/environment/system.h"
#include "harness/jose/proof.h"
#include "harness/jose/token.h"
#include "harness/net/http.h"
#include "harness/net/sent_requests.h"
#include "harness/net/start_up.h"
#include "harness/run/evidence.h"
#include "harness/run/recording.h"
#include "harness/run/result.h"
#include "harness/scenario/load.h"

namespace iff {
namespace {

// A file of these bytes, for readers that take a path. One for the whole process.
class MemoryFile {
 public:
  MemoryFile() : file_(memfd_create("fuzz", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(file_)) {
    Invariant(file_ >= 0, "no file in memory");
  }
  const std::string& Hold(std::string_view bytes) {
    Invariant(
        ftruncate(file_, 0) == 0 && pwrite(file_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
        "the file in memory takes nothing");
    return path_;
  }

 private:
  int file_;
  std::string path_;
};

const std::string& FileOf(std::string_view bytes) {
  static MemoryFile file;
  return file.Hold(bytes);
}

// A request lies within what was sent, one after the other.
void HttpRequests(std::string_view bytes) {
  size_t before = 0;
  for (const SentRequest& one : RequestsIn(bytes).whole) {
    Invariant(one.end > before && one.end <= bytes.size(), "requests overlap");
    before = one.end;
  }
}

// Two readers that must agree, and what is written must be read as the same.
void JsonTexts(std::string_view bytes) {
  const Result<Json> value = ParseJson(bytes);
  Invariant(JsonDocument::Read(bytes).ok() == value.ok(), "two readers of JSON disagree");
  if (!value.ok()) return;
  const Result<Json> again = ParseJson(Dump(*value));
  Invariant(again.ok() && *again == *value, "JSON is not read as it was written");
}

void CompactTokens(std::string_view bytes) {
  static const KeySet keys;
  (void)DecodeUnverified(bytes);
  Invariant(!VerifyToken(bytes, keys, {}, 1'800'000'000).ok(), "a token was verified without any key");
  (void)KeySet::Parse(bytes);
}

std::vector<ServerSentEvent> EventsIn(std::string_view bytes, size_t chunk) {
  EventStreamParser parser;
  std::vector<ServerSentEvent> all;
  for (size_t at = 0; at < bytes.size(); at += chunk) {
    for (ServerSentEvent& event : parser.Feed(bytes.substr(at, chunk))) all.push_back(std::move(event));
  }
  return all;
}

// However a stream is cut into pieces, it holds the same events.
void EventStreams(std::string_view bytes) {
  const std::vector<ServerSentEvent> whole = EventsIn(bytes, std::max<size_t>(bytes.size(), 1));
  const std::vector<ServerSentEvent> pieces = EventsIn(bytes, 3);
  Invariant(std::equal(whole.begin(), whole.end(), pieces.begin(), pieces.end(),
                       [](const ServerSentEvent& a, const ServerSentEvent& b) { return a.data == b.data; }),
            "a stream in pieces holds other events");
}

// The first byte says how large the pieces are.
void PostgresStartups(std::string_view bytes) {
  if (bytes.empty()) return;
  const size_t chunk = static_cast<size_t>(static_cast<unsigned char>(bytes[0])) + 1;
  StartUpReader reader;
  for (size_t at = 1; at < bytes.size(); at += chunk) {
    reader.FromClient(bytes.substr(at, chunk));
    if (reader.start_up()) reader.Forget();
    if (!reader.half()) reader.FromComponent("N");
  }
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::string_view letter = FirstLetter(text);
    if (letter.empty()) return false;
    text.remove_prefix(letter.size());
  }
  return true;
}

void YamlFiles(std::string_view bytes) {
  const Result<YamlFile> file = YamlFile::Parse("file.yaml", bytes);
  if (!file.ok()) return;
  if (!IsUtf8(bytes)) return;  // what is no text is written as the character that stands for that
  const Result<YamlFile> again = YamlFile::Parse("again.yaml", YamlText(file->value(), {}));
  // What is just within a limit may be written with more characters.
  Invariant(bytes.size() > 65'536 || (again.ok() && again->value() == file->value()),
            "YAML is not read as it was written");
}

void Systems(std::string_view bytes) { (void)LoadSystem(FileOf(bytes)); }

void Scenarios(std::string_view bytes) {
  static const Vocabulary words = {
      .targets = {"jira"},
      .any = {"jira"},
      .personas = {"alice", "bob"},
      .components = {{"vault", Protocol::kHttp}, {"postgres", {Protocol::kStartups, "PostgreSQL"}}},
      .operations = {"read_own", "list"},
      .attacks = {"expired"},
      .probes = {"sessions"}};
  (void)ParseScenario("file.yaml", bytes, "suite", words);
}

void Results(std::string_view bytes) {
  const Result<Json> json = ParseJson(bytes);
  if (!json.ok()) return;
  const Result<RunResult> run = RunFromJson(*json);
  if (run.ok()) Invariant(RunFromJson(ToJson(*run)).ok(), "a result is not read as it was written");
}

void Recordings(std::string_view bytes) {
  const Result<Json> recording = ReadRecording(FileOf(bytes));
  if (!recording.ok()) return;
  if (const Json* seen = Find(*recording, "/seen"); seen->is_array()) {
    for (const Json& one : *seen) (void)ObservationFrom(one, Json::object());
  }
}

void Scans(std::string_view bytes) {
  static const Redactor secrets;
  const Sightings seen = Scanner(secrets).Scan(bytes);
  Invariant(seen.found.empty(), "a secret was found that nobody registered");
  Invariant(!seen.unfinished || !seen.opaque.empty(), "a search that ended early gives no reason");
}

}  // namespace

const std::vector<FuzzTarget>& FuzzTargets() {
  static const std::vector<FuzzTarget> all = {
      {"http_request", HttpRequests},
      {"json", JsonTexts},
      {"jws", CompactTokens},
      {"sse", EventStreams},
      {"postgres_startup", PostgresStartups},
      {"yaml", YamlFiles},
      {"system", Systems},
      {"scenario", Scenarios},
      {"result", Results},
      {"recording", Recordings},
      {"scanner", Scans},
  };
  return all;
}

}  // namespace iff
