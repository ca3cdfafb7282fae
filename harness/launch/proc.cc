#include "harness/launch/proc.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>

namespace iff {
namespace {

namespace fs = std::filesystem;

struct Stat {
  char state = '?';
  pid_t parent = 0;
  uint64_t start_time = 0;
};

// proc_pid_stat(5). The name in parentheses may itself hold blanks and parentheses.
std::optional<Stat> ReadStat(pid_t pid) {
  const int file = open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  char buffer[1024];
  const ssize_t size = read(file, buffer, sizeof buffer - 1);
  close(file);
  if (size <= 0) return std::nullopt;
  const std::string text(buffer, static_cast<size_t>(size));
  size_t at = text.rfind(')');
  if (at == std::string::npos || at + 2 >= text.size()) return std::nullopt;
  at += 2;  // field 3, the state
  Stat stat;
  stat.state = text[at];
  for (int field = 3; field <= 22 && at != std::string::npos && at < text.size(); ++field) {
    if (field == 4) stat.parent = static_cast<pid_t>(std::strtol(text.c_str() + at, nullptr, 10));
    if (field == 22) stat.start_time = std::strtoull(text.c_str() + at, nullptr, 10);
    at = text.find(' ', at);
    if (at != std::string::npos) ++at;
  }
  return stat;
}

std::vector<pid_t> AllProcesses() {
  std::vector<pid_t> all;
  std::error_code failed;
  for (fs::directory_iterator entry("/proc", failed), end; !failed && entry != end; entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos) {
      all.push_back(static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10)));
    }
  }
  return all;
}

// Also when the kernel appended " (deleted)".
bool Within(std::string_view path, std::string_view directory) {
  if (!path.starts_with(directory)) return false;
  const std::string_view rest = path.substr(directory.size());
  return rest.empty() || rest.front() == '/' || rest == " (deleted)";
}

bool WorksIn(pid_t pid, const std::string& directory) {
  const fs::path process = "/proc/" + std::to_string(pid);
  std::error_code failed;
  if (Within(fs::read_symlink(process / "cwd", failed).native(), directory)) return true;
  failed.clear();
  for (fs::directory_iterator entry(process / "fd", failed), end; !failed && entry != end; entry.increment(failed)) {
    std::error_code gone;
    if (Within(fs::read_symlink(entry->path(), gone).native(), directory)) return true;
  }
  return false;
}

void OpenUp(const fs::path& directory) {
  std::error_code failed;
  fs::permissions(directory, fs::perms::owner_all, fs::perm_options::add, failed);
  for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end; entry.increment(failed)) {
    std::error_code unknown;
    if (entry->symlink_status(unknown).type() == fs::file_type::directory) OpenUp(entry->path());
  }
}

}  // namespace

int64_t ResidentMemory(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/statm");
  int64_t all = 0;
  int64_t resident = 0;
  return in >> all >> resident ? resident * sysconf(_SC_PAGESIZE) : 0;
}

std::optional<uint64_t> StartTime(pid_t pid) {
  const std::optional<Stat> stat = ReadStat(pid);
  if (!stat || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
  return stat->start_time;
}

std::vector<pid_t> Children(pid_t parent) {
  std::vector<pid_t> found;
  for (const pid_t pid : AllProcesses()) {
    const std::optional<Stat> stat = ReadStat(pid);
    if (stat && stat->parent == parent) found.push_back(pid);
  }
  return found;
}

std::vector<pid_t> Descendants(pid_t ancestor) {
  std::multimap<pid_t, pid_t> children;
  for (const pid_t pid : AllProcesses()) {
    if (const std::optional<Stat> stat = ReadStat(pid)) children.emplace(stat->parent, pid);
  }
  std::vector<pid_t> found;
  const auto add_children = [&](pid_t parent) {
    const auto [begin, end] = children.equal_range(parent);
    for (auto child = begin; child != end; ++child) found.push_back(child->second);
  };
  add_children(ancestor);
  for (size_t i = 0; i < found.size(); ++i) add_children(found[i]);
  return found;
}

std::vector<pid_t> ProcessesIn(const std::string& directory) {
  std::vector<pid_t> found;
  for (const pid_t pid : AllProcesses()) {
    if (pid != getpid() && WorksIn(pid, directory)) found.push_back(pid);
  }
  return found;
}

std::error_code RemoveTree(const std::string& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  if (!failed) return {};
  OpenUp(path);
  failed.clear();
  fs::remove_all(path, failed);
  return failed;
}

}  // namespace iff
