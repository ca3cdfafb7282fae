// What a machine lacks for a run, and the command that mends it. Judging is apart from looking, so that any machine can
// be made up in a test.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/environment/component.h"

namespace iff {

// What there is. Looked up by LookAtMachine.
struct Machine {
  std::vector<std::string> missing_packages = {};
  bool knows_packages = true;  // false: no dpkg here
  std::vector<MissingPart> missing_components = {};
  std::string cache = {};
  int64_t cache_free_mb = 0;
  std::string temporary = {};
  int64_t temporary_free_mb = 0;
  int64_t memory_available_mb = 0;
  int64_t open_files = 0;                   // this process may have, at most
  int64_t inotify_watches = 0;              // this account may have
  int64_t ports = 0;                        // the system hands out by itself
  bool can_listen = true;                   // on the loopback interface
  std::vector<std::string> leftovers = {};  // run directories of runs that are gone
};

struct Problem {
  bool blocking = true;   // false: a run works, though not as well
  std::string what = {};  // "700 MB free in ..., 3000 are needed"
  std::string fix = {};   // a command, or a sentence where there is none
};

// In the order in which to mend them; empty for a machine that lacks nothing.
std::vector<Problem> Diagnose(const Machine& machine);

// `packages` is the text of setup/packages.txt. The names in it that every build needs, and those that one of `tags`
// ("@wheels") is for.
std::vector<std::string> PackageNames(const std::string& packages, const std::set<std::string>& tags);

// The tags of what a machine without these components needs to fetch, build or run them.
std::set<std::string> TagsOf(const std::vector<MissingPart>& missing);

// What drivers find missing on this machine.
std::vector<MissingPart> MissingParts(const DriverRegistry& drivers, const std::string& cache);

Machine LookAtMachine(const DriverRegistry& drivers, const std::string& root, const std::string& cache);

}  // namespace iff
