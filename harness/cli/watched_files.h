// Tells which files below some folders changed. Looking at them is the truth; inotify only says when to look, and where
// there is none (a full table of watches, a foreign file system) we look five times a second.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace iff {

struct WatchedFilesOptions {
  // An editor saves in several steps: what changed is told when nothing did for so long.
  std::chrono::milliseconds quiet = std::chrono::milliseconds(40);
  bool notified = true;  // false: look now and then, without inotify
};

class WatchedFiles {
 public:
  // Folders with all below them; what is below a hidden folder is left out.
  explicit WatchedFiles(std::vector<std::string> folders, WatchedFilesOptions options = {});
  ~WatchedFiles();
  WatchedFiles(const WatchedFiles&) = delete;
  WatchedFiles& operator=(const WatchedFiles&) = delete;

  // Waits until files changed, came or went since the last call (or the beginning); their paths, sorted. Empty once
  // `cancelled` is true.
  std::vector<std::string> Next(const std::atomic<bool>& cancelled);

 private:
  using Stamp = std::pair<int64_t, uintmax_t>;  // when written, how long
  std::map<std::string, Stamp> Look();
  void WatchFolder(const std::string& folder);
  // Waits for a sign of a change, at most so long; true if there was one.
  bool Await(std::chrono::milliseconds span);

  std::vector<std::string> folders_;
  WatchedFilesOptions options_;
  int notifier_ = -1;
  std::map<std::string, int> watches_;
  std::map<std::string, Stamp> seen_;
};

}  // namespace iff
