#include "harness/cli/watched_files.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace iff {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kAsked = std::chrono::milliseconds(50);  // how soon a cancellation is noticed
constexpr std::chrono::milliseconds kLookAnyway = std::chrono::milliseconds(200);
constexpr uint32_t kEvents =
    IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB;

}  // namespace

WatchedFiles::WatchedFiles(std::vector<std::string> folders, WatchedFilesOptions options)
    : folders_(std::move(folders)), options_(options) {
  if (options_.notified) notifier_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  seen_ = Look();
}

WatchedFiles::~WatchedFiles() {
  if (notifier_ >= 0) close(notifier_);
}

void WatchedFiles::WatchFolder(const std::string& folder) {
  if (notifier_ < 0 || watches_.contains(folder)) return;
  const int watch = inotify_add_watch(notifier_, folder.c_str(), kEvents);
  if (watch >= 0) {
    watches_[folder] = watch;
    return;
  }
  if (errno == ENOENT) return;
  // No watches left: look now and then instead, at everything.
  close(notifier_);
  notifier_ = -1;
}

std::map<std::string, WatchedFiles::Stamp> WatchedFiles::Look() {
  std::map<std::string, Stamp> files;
  std::map<std::string, int> there;
  for (const std::string& folder : folders_) {
    WatchFolder(folder);
    if (const auto watch = watches_.find(folder); watch != watches_.end()) there.insert(*watch);
    std::error_code problem;
    fs::recursive_directory_iterator entry(folder, problem);
    for (const fs::recursive_directory_iterator end; !problem && entry != end; entry.increment(problem)) {
      const std::string path = entry->path().string();
      const bool hidden = entry->path().filename().string().starts_with(".");
      struct stat status = {};
      if (stat(path.c_str(), &status) != 0) continue;
      if (S_ISDIR(status.st_mode)) {
        if (hidden) entry.disable_recursion_pending();
        if (hidden) continue;
        WatchFolder(path);
        if (const auto watch = watches_.find(path); watch != watches_.end()) there.insert(*watch);
      } else if (S_ISREG(status.st_mode) && !hidden) {
        files[path] = {status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
                       static_cast<uintmax_t>(status.st_size)};
      }
    }
  }
  // A folder that went and comes again needs a new watch.
  watches_ = std::move(there);
  return files;
}

bool WatchedFiles::Await(std::chrono::milliseconds span) {
  pollfd end{notifier_, POLLIN, 0};
  if (poll(notifier_ < 0 ? nullptr : &end, notifier_ < 0 ? 0 : 1, static_cast<int>(span.count())) <= 0) return false;
  alignas(inotify_event) char events[16 * 1024];
  while (read(notifier_, events, sizeof events) > 0) {
  }
  return true;
}

std::vector<std::string> WatchedFiles::Next(const std::atomic<bool>& cancelled) {
  auto looked = std::chrono::steady_clock::time_point();
  while (!cancelled) {
    const bool sign = Await(kAsked);
    const auto now = std::chrono::steady_clock::now();
    if (!sign && (notifier_ >= 0 || now - looked < kLookAnyway) && looked != std::chrono::steady_clock::time_point())
      continue;
    // More may follow at once.
    while (sign && !cancelled && Await(options_.quiet)) {
    }
    looked = std::chrono::steady_clock::now();
    std::map<std::string, Stamp> files = Look();
    std::vector<std::string> changed;
    for (const auto& [path, stamp] : files) {
      const auto before = seen_.find(path);
      if (before == seen_.end() || before->second != stamp) changed.push_back(path);
    }
    for (const auto& [path, stamp] : seen_) {
      if (!files.contains(path)) changed.push_back(path);
    }
    seen_ = std::move(files);
    std::sort(changed.begin(), changed.end());
    if (!changed.empty()) return changed;
  }
  return {};
}

}  // namespace iff
