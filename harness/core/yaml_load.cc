// YamlFile::Load: a file that is as it was is not parsed again.
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <utility>

#include "harness/core/clock.h"
#include "harness/core/yaml.h"

namespace iff {
namespace {

// What tells that a file is as it was.
struct FileState {
  dev_t device = 0;
  ino_t number = 0;
  off_t size = 0;
  int64_t changed_ns = 0;  // its content
  int64_t touched_ns = 0;  // that, its name or its rights

  bool operator==(const FileState&) const = default;
};

bool AreDefault(const YamlLimits& limits) {
  const YamlLimits ours;
  return limits.bytes == ours.bytes && limits.depth == ours.depth && limits.indicators == ours.indicators &&
         limits.values == ours.values && limits.key == ours.key && limits.expanded == ours.expanded;
}

// None where that cannot be told: what was changed within a clock's tick of being read may change once more without
// showing. Nor for limits of one's own.
std::optional<FileState> StateOf(const std::string& path, const YamlLimits& limits) {
  constexpr int64_t kSettled = 2'000'000'000;
  const auto nanoseconds = [](const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; };
  struct stat found = {};
  if (!AreDefault(limits) || stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return {};
  const auto now = SystemClock::Instance().Now().time_since_epoch();
  const FileState state{.device = found.st_dev,
                        .number = found.st_ino,
                        .size = found.st_size,
                        .changed_ns = nanoseconds(found.st_mtim),
                        .touched_ns = nanoseconds(found.st_ctim)};
  if (state.touched_ns > std::chrono::nanoseconds(now).count() - kSettled) return {};
  return state;
}

// Scenarios, kills and explanations are read again by every command of an environment that is up, and reading YAML was
// two fifths of what a short run computed. Thread-safe.
class ParsedFiles {
 public:
  static ParsedFiles& Instance() {
    static ParsedFiles files;
    return files;
  }

  std::optional<YamlFile> Find(const std::string& path, const FileState& state) {
    const std::shared_lock lock(mutex_);
    const auto found = files_.find(path);
    if (found == files_.end() || found->second.first != state) return {};
    return found->second.second;
  }
  // Beyond a bound nothing more is kept: ours are half a megabyte, others' may be of any size.
  void Keep(const std::string& path, const FileState& state, const YamlFile& file) {
    constexpr off_t kMost = off_t{2} << 20;  // bytes of all files
    const std::unique_lock lock(mutex_);
    const auto found = files_.find(path);
    if (found != files_.end()) {
      size_ -= found->second.first.size;
      files_.erase(found);
    }
    if (size_ + state.size > kMost) return;
    size_ += state.size;
    files_.try_emplace(path, state, file);
  }

 private:
  std::shared_mutex mutex_;
  std::map<std::string, std::pair<FileState, YamlFile>> files_;
  off_t size_ = 0;
};

}  // namespace

Result<YamlFile> YamlFile::Load(const std::string& path, const YamlLimits& limits) {
  const std::optional<FileState> state = StateOf(path, limits);
  if (state) {
    if (std::optional<YamlFile> known = ParsedFiles::Instance().Find(path, *state)) return std::move(*known);
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return SystemError("read " + path, errno);
  std::string text;
  std::array<char, 65536> piece = {};
  while (text.size() <= limits.bytes && in.read(piece.data(), piece.size()).gcount() > 0) {
    text.append(piece.data(), static_cast<size_t>(in.gcount()));
  }
  if (in.bad()) return SystemError("read " + path, errno);
  Result<YamlFile> file = Parse(path, text, limits);
  // Of what was changed while it was read, the next reader sees another state.
  if (file.ok() && state) ParsedFiles::Instance().Keep(path, *state, *file);
  return file;
}

}  // namespace iff
