#include "harness/cli/doctor.h"

#include <sys/resource.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "harness/launch/launcher.h"
#include "harness/net/endpoint.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kCacheMb = 3'000;    // components, the runtimes they need, and building them
constexpr int64_t kTemporaryMb = 500;  // databases and logs of a run
constexpr int64_t kMemoryMb = 1'500;   // components and the rest
constexpr int64_t kOpenFiles = 1'024;
constexpr int64_t kWatches = 1'000;
constexpr int64_t kPorts = 2'000;  // every scenario takes some, and the kernel gives none back for a minute

std::string InOneLine(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

int64_t FreeMb(const std::string& path) {
  // A folder that is not there yet will be made in the nearest one that is.
  std::error_code none;
  fs::path place = path;
  while (!fs::exists(place, none) && place.has_parent_path() && place != place.parent_path())
    place = place.parent_path();
  struct statvfs state = {};
  if (statvfs(place.c_str(), &state) != 0) return 0;
  return static_cast<int64_t>(state.f_bavail * (state.f_frsize / 1024) / 1024);
}

int64_t NumberIn(const std::string& path, const std::string& after = {}) {
  std::ifstream in(path);
  int64_t number = 0;
  for (std::string word; !after.empty() && in >> word;) {
    if (word == after) break;
  }
  in >> number;
  return number;
}

// Debian's list of what is installed, read as dpkg writes it; asking dpkg would start a program for one word.
std::optional<std::set<std::string>> InstalledPackages() {
  std::ifstream in("/var/lib/dpkg/status");
  if (!in) return {};
  std::set<std::string> installed;
  std::string package;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("Package: ")) package = line.substr(9);
    if (line.starts_with("Status: ") && line.ends_with(" installed")) installed.insert(package);
  }
  return installed;
}

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::vector<Problem> Diagnose(const Machine& machine) {
  std::vector<Problem> problems;
  const auto megabytes = [](int64_t have, const std::string& where, int64_t want) {
    return std::to_string(have) + " MB free in " + where + ", " + std::to_string(want) + " are needed";
  };
  if (!machine.missing_packages.empty()) {
    problems.push_back(
        {.what = "Debian packages are missing: " + InOneLine(machine.missing_packages),
         .fix = "apt-get update && apt-get install -y --no-install-recommends " + InOneLine(machine.missing_packages)});
  }
  if (!machine.knows_packages) {
    problems.push_back({.blocking = false,
                        .what = "this is no Debian; whether what setup/packages.txt lists is here cannot be told",
                        .fix = "install what setup/packages.txt lists"});
  }
  for (const MissingPart& part : machine.missing_components) {
    problems.push_back({.what = part.what + " is missing", .fix = "./iff up && ./iff down   # fetches and builds it"});
  }
  if (machine.cache_free_mb < kCacheMb) {
    // What is there already needs no more room.
    problems.push_back(
        {.blocking = !machine.missing_components.empty(),
         .what = megabytes(machine.cache_free_mb, machine.cache, kCacheMb),
         .fix = "rm -rf " + machine.cache + "/downloads " + machine.cache + "/tmp   # or IFF_CACHE elsewhere"});
  }
  if (machine.temporary_free_mb < kTemporaryMb) {
    problems.push_back({.what = megabytes(machine.temporary_free_mb, machine.temporary, kTemporaryMb),
                        .fix = "iff clean   # or TMPDIR elsewhere"});
  }
  if (machine.memory_available_mb < kMemoryMb) {
    problems.push_back({.what = std::to_string(machine.memory_available_mb) + " MB of memory are available, " +
                                std::to_string(kMemoryMb) + " are needed",
                        .fix = "iff down   # an environment that is up, or end something else"});
  }
  if (machine.open_files < kOpenFiles) {
    problems.push_back({.what = std::to_string(machine.open_files) + " open files are allowed, " +
                                std::to_string(kOpenFiles) + " are needed",
                        .fix = "ulimit -n " + std::to_string(kOpenFiles)});
  }
  if (machine.ports < kPorts) {
    problems.push_back({.blocking = false,
                        .what = "the system hands out " + std::to_string(machine.ports) + " ports, " +
                                std::to_string(kPorts) + " are better",
                        .fix = "sysctl -w net.ipv4.ip_local_port_range='32768 60999'"});
  }
  if (!machine.can_listen) {
    problems.push_back({.what = "nothing can listen on 127.0.0.1", .fix = "ip link set lo up"});
  }
  if (machine.inotify_watches < kWatches) {
    problems.push_back({.blocking = false,
                        .what = std::to_string(machine.inotify_watches) +
                                " inotify watches are allowed; 'iff watch' will "
                                "look for changes now and then instead",
                        .fix = "sysctl -w fs.inotify.max_user_watches=65536"});
  }
  if (!machine.leftovers.empty()) {
    problems.push_back({.blocking = false,
                        .what = "killed runs have left something behind: " + InOneLine(machine.leftovers),
                        .fix = "iff clean"});
  }
  return problems;
}

std::set<std::string> TagsOf(const std::vector<MissingPart>& missing) {
  std::set<std::string> tags;
  for (const MissingPart& part : missing) {
    if (!part.packages.empty()) tags.insert(part.packages);
  }
  return tags;
}

std::vector<MissingPart> MissingParts(const DriverRegistry& drivers, const std::string& cache) {
  std::vector<MissingPart> missing;
  for (const Driver& driver : drivers.drivers()) {
    if (!driver.hints.missing) continue;
    for (MissingPart& part : driver.hints.missing(cache + "/components")) missing.push_back(std::move(part));
  }
  return missing;
}

std::vector<std::string> PackageNames(const std::string& packages, const std::set<std::string>& tags) {
  std::vector<std::string> names;
  std::istringstream in(packages);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name;
    if (!(words >> name)) continue;
    bool tagged = false;
    bool wanted = false;
    for (std::string tag; words >> tag; tagged = true) wanted = wanted || tags.contains(tag);
    if (!tagged || wanted) names.push_back(name);
  }
  return names;
}

Machine LookAtMachine(const DriverRegistry& drivers, const std::string& root, const std::string& cache) {
  const std::string temporary = FromEnvironment("TMPDIR");
  Machine machine{.cache = cache, .temporary = temporary.empty() ? "/tmp" : temporary};
  machine.missing_components = MissingParts(drivers, cache);
  if (const auto installed = InstalledPackages()) {
    std::ifstream in(root + "/setup/packages.txt");
    std::ostringstream text;
    text << in.rdbuf();
    for (const std::string& name : PackageNames(text.str(), TagsOf(machine.missing_components))) {
      if (!installed->contains(name)) machine.missing_packages.push_back(name);
    }
  } else {
    machine.knows_packages = false;
  }
  machine.cache_free_mb = FreeMb(cache);
  machine.temporary_free_mb = FreeMb(machine.temporary);
  machine.memory_available_mb = NumberIn("/proc/meminfo", "MemAvailable:") / 1024;
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    machine.open_files = files.rlim_cur == RLIM_INFINITY ? INT64_MAX : static_cast<int64_t>(files.rlim_cur);
  }
  machine.inotify_watches = NumberIn("/proc/sys/fs/inotify/max_user_watches");
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  int64_t first = 0;
  int64_t last = 0;
  if (range >> first >> last) machine.ports = last - first + 1;
  machine.can_listen = HeldPort::Acquire().ok();
  for (const Leftover& leftover : FindLeftovers(machine.temporary)) machine.leftovers.push_back(leftover.run_directory);
  return machine;
}

}  // namespace iff
