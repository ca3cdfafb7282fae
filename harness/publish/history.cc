#include "harness/publish/history.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>

#include "harness/core/new_file.h"
#include "harness/run/texts.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

constexpr Verdict kVerdicts[] = {Verdict::kPassed, Verdict::kFailed, Verdict::kErrored, Verdict::kInapplicable};

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

std::string LineOf(const RunResult& run) {
  Json line = {{"run", run.id}, {"started", run.started}};
  for (const ScenarioResult& scenario : run.scenarios)
    line[std::string(Name(scenario.verdict()))].push_back(scenario.id);
  return Dump(line) + "\n";
}

std::optional<PastRun> RunOf(const std::string& line) {
  const Result<Json> json = ParseJson(line);
  if (!json.ok() || !json->is_object()) return {};
  PastRun past{.run = AtOr<std::string>(*json, "/run", ""), .started = AtOr<std::string>(*json, "/started", "")};
  if (past.run.empty()) return {};
  for (const Verdict verdict : kVerdicts) {
    for (const Json& id : AtOr<Json>(*json, "/" + std::string(Name(verdict)), Json::array())) {
      past.scenarios[AtOr<std::string>(id, "", "")] = verdict;
    }
  }
  return past;
}

Result<void> WriteAll(int descriptor, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t size = write(descriptor, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return SystemError("write " + path, errno);
    text.remove_prefix(static_cast<size_t>(size));
  }
  return {};
}

// The younger half of the lines, in the place of the file. The lock is held.
Result<void> Halve(const std::string& path) {
  const std::string text = WholeFile(path);
  const size_t middle = text.find('\n', text.size() / 2);
  if (middle == std::string::npos) return {};
  return ReplaceFile(path, std::string_view(text).substr(middle + 1));
}

}  // namespace

Result<void> AppendHistory(const std::string& path, const RunResult& run, size_t most_bytes) {
  std::error_code problem;
  fs::create_directories(fs::path(path).parent_path(), problem);
  if (problem) return SystemError("make the folder of " + path, problem.value());
  // A file beside it is locked: the history itself may be replaced by a shorter one.
  const std::string lock_path = path + ".lock";
  const Descriptor lock(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.get() < 0) return SystemError("open " + lock_path, errno);
  while (flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return SystemError("lock " + lock_path, errno);
  }
  const Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (file.get() < 0) return SystemError("open " + path, errno);
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return SystemError("look at " + path, errno);
  std::string text = LineOf(run);
  // What a crash left half written stays a line of its own, which readers pass over.
  char last = '\n';
  if (status.st_size > 0 && pread(file.get(), &last, 1, status.st_size - 1) == 1 && last != '\n') text = "\n" + text;
  TRY(WriteAll(file.get(), text, path));
  if (static_cast<size_t>(status.st_size) + text.size() > most_bytes) return Halve(path);
  return {};
}

Result<std::vector<PastRun>> ReadHistory(const std::string& path) {
  std::vector<PastRun> runs;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::error_code problem;
    if (!fs::exists(path, problem)) return runs;
    return Error(ErrorKind::kSystem, "read " + path + ": cannot be opened");
  }
  for (std::string line; std::getline(in, line);) {
    if (auto past = RunOf(line)) runs.push_back(std::move(*past));
  }
  return runs;
}

RateInterval WilsonInterval(size_t hits, size_t tries) {
  if (tries == 0) return {};
  constexpr double kZ = 1.959963984540054;  // 95%, both sides
  const double n = static_cast<double>(tries);
  const double p = static_cast<double>(hits) / n;
  const double z2 = kZ * kZ;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {p, hits == 0 ? 0 : std::max(0.0, middle - half), hits == tries ? 1 : std::min(1.0, middle + half)};
}

std::string_view Name(Trend trend) {
  switch (trend) {
    case Trend::kSteady:
      return "steady";
    case Trend::kNew:
      return "new";
    case Trend::kFixed:
      return "fixed";
    case Trend::kRegressed:
      return "regressed";
    case Trend::kStillBad:
      return "still bad";
  }
  return "steady";
}

std::vector<ScenarioPast> Weigh(const std::vector<PastRun>& runs) {
  std::map<std::string, ScenarioPast> by_id;
  std::map<std::string, bool> last_bad;
  for (const PastRun& run : runs) {
    for (const auto& [id, verdict] : run.scenarios) {
      if (verdict == Verdict::kInapplicable) continue;
      ScenarioPast& past = by_id[id];
      past.id = id;
      const bool bad = verdict != Verdict::kPassed;
      const bool first = past.runs == 0;
      const bool was_bad = !first && last_bad[id];
      if (!first && bad != was_bad) ++past.turns;
      past.trend = first            ? Trend::kNew
                   : bad && was_bad ? Trend::kStillBad
                   : bad            ? Trend::kRegressed
                   : was_bad        ? Trend::kFixed
                                    : Trend::kSteady;
      if (!bad) past.first_bad.clear();
      if (bad && past.first_bad.empty()) past.first_bad = run.run;
      ++past.runs;
      if (bad) ++past.bad;
      last_bad[id] = bad;
    }
  }
  std::vector<ScenarioPast> all;
  for (auto& [id, past] : by_id) {
    past.rate = WilsonInterval(past.bad, past.runs);
    all.push_back(std::move(past));
  }
  return all;
}

}  // namespace iff
