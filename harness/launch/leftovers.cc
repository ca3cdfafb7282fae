#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "harness/launch/launcher.h"
#include "harness/launch/proc.h"
#include "harness/launch/run_directory.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

// A supervisor makes its directory before it writes its name into it.
constexpr int64_t kNewbornSeconds = 60;

bool IsYoung(const struct stat& status) {
  return SystemClock::Instance().NowSeconds() - status.st_mtime < kNewbornSeconds;
}

}  // namespace

bool IsAbandonedRun(const std::string& run_directory) {
  const fs::path directory(run_directory);
  struct stat status{};
  if (lstat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return false;
  if (status.st_uid != geteuid()) return false;  // someone else's run is someone else's to judge
  std::ifstream file(directory / "supervisor");
  pid_t pid = 0;
  uint64_t start_time = 0;
  if (!(file >> pid >> start_time)) return !IsYoung(status);
  return StartTime(pid) != std::optional<uint64_t>(start_time);
}

std::vector<Leftover> FindLeftovers(const std::string& base_directory) {
  std::vector<Leftover> leftovers;
  std::error_code failed;
  // Without links, as /proc shows it.
  const fs::path base = fs::canonical(base_directory, failed);
  for (fs::directory_iterator entry(base, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (!entry->path().filename().native().starts_with("iff-run-") || !IsAbandonedRun(entry->path())) continue;
    leftovers.push_back({.run_directory = entry->path(), .processes = ProcessesIn(entry->path())});
  }
  return leftovers;
}

Result<void> Remove(const Leftover& leftover) {
  const std::string attempt = "remove " + leftover.run_directory;
  // What is killed is what works there now: ids from an earlier look may name others by now.
  const Result<void> ended = Eventually(Deadline::In(10s), [&]() -> Result<bool> {
    const std::vector<pid_t> processes = ProcessesIn(leftover.run_directory);
    for (const pid_t pid : processes) {
      if (kill(pid, SIGKILL) != 0 && errno == EPERM) return SystemError("end process " + std::to_string(pid), errno);
    }
    if (processes.empty()) return true;
    return Error(ErrorKind::kUnavailable, "process " + std::to_string(processes.front()) + " does not end");
  });
  if (!ended.ok()) return ended.error().While(attempt);
  if (const std::error_code failed = RemoveTree(leftover.run_directory)) return SystemError(attempt, failed.value());
  return {};
}

}  // namespace iff
