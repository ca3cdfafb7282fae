// What /proc tells about processes, and removal of directories whatever they hold. Shared with the
// supervisor, so nothing of core.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace iff {

// When a process started, in clock ticks since boot: with the id it names one process for ever.
// Nothing when there is no such process, or only its zombie.
std::optional<uint64_t> StartTime(pid_t pid);

// Its direct children.
std::vector<pid_t> Children(pid_t parent);

// Everything that descends from `ancestor`, without itself.
std::vector<pid_t> Descendants(pid_t ancestor);

// Processes that work in `directory` or below: by working directory or an open file. Not ourselves.
std::vector<pid_t> ProcessesIn(const std::string& directory);

// Bytes of memory that are resident now; 0 where that cannot be read.
int64_t ResidentMemory(pid_t pid);

// Removes `path` and what is below it; directories that forbid it are opened first. Follows no links.
// A path that is not there is a success.
std::error_code RemoveTree(const std::string& path);

}  // namespace iff
