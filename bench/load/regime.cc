#include "bench/load/regime.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace iff {
namespace {

namespace fs = std::filesystem;

double LoadAverage() {
  double load = 0;
  std::ifstream("/proc/loadavg") >> load;
  return load;
}

std::string ProcessorName() {
  std::ifstream in("/proc/cpuinfo");
  std::string line;
  while (std::getline(in, line)) {
    if (!line.starts_with("model name")) continue;
    const size_t colon = line.find(": ");
    return colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

ProcessorTime ProcessorTimeOf(int pid) {
  ProcessorTime time;
  if (pid <= 0) return time;
  std::error_code problem;
  const fs::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (fs::directory_iterator task(tasks, problem), end; !problem && task != end; task.increment(problem)) {
    std::ifstream in(task->path() / "schedstat");
    double nanoseconds = 0;
    if (!(in >> nanoseconds)) continue;
    time.seconds += nanoseconds / 1e9;
    time.known = true;
  }
  return time;
}

Memory MemoryOf(int pid) {
  Memory memory;
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; pid > 0 && in >> word;) {
    double kib = 0;
    if (word == "VmHWM:" && in >> kib) memory.peak = kib / 1024;
    if (word == "VmRSS:" && in >> kib) memory.resident = kib / 1024;
  }
  return memory;
}

double ThreadSeconds() {
  timespec spent = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

namespace {

// Every thread of process `pid`; of 0, this thread alone. A process that began long ago has more than its first.
std::vector<int> ThreadsOf(int pid) {
  if (pid == 0) return {0};
  std::vector<int> threads;
  std::error_code problem;
  const fs::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (fs::directory_iterator task(tasks, problem), end; !problem && task != end; task.increment(problem)) {
    threads.push_back(std::atoi(task->path().filename().c_str()));
  }
  return threads;
}

}  // namespace

Pinned::Pinned(int pid, int core) {
  if (core < 0 || core >= static_cast<int>(std::thread::hardware_concurrency())) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<size_t>(core), &one);
  for (const int thread : ThreadsOf(pid)) {
    cpu_set_t before;
    if (sched_getaffinity(thread, sizeof before, &before) != 0) continue;
    if (sched_setaffinity(thread, sizeof one, &one) == 0) before_.emplace_back(thread, before);
  }
}

Pinned::~Pinned() {
  for (const auto& [thread, before] : before_) (void)sched_setaffinity(thread, sizeof before, &before);
}

Ahead::Ahead(int pid, bool wanted) {
  if (!wanted) return;
  const sched_param lowest{.sched_priority = sched_get_priority_min(SCHED_FIFO)};
  for (const int thread : ThreadsOf(pid)) {
    if (sched_setscheduler(thread, SCHED_FIFO, &lowest) == 0) threads_.push_back(thread);
  }
}

Ahead::~Ahead() {
  const sched_param none = {};
  for (const int thread : threads_) (void)sched_setscheduler(thread, SCHED_OTHER, &none);
}

Spinners::Spinners(bool wanted) {
  const unsigned cores = wanted ? std::thread::hardware_concurrency() : 0;
  for (unsigned core = 0; core < cores; ++core) {
    threads_.emplace_back([this, core] {
      const Pinned pinned(0, static_cast<int>(core));
      sched_param lowest = {};
      // Without it we would compete with what we measure.
      if (sched_setscheduler(0, SCHED_IDLE, &lowest) != 0) return;
      while (!stop_.load(std::memory_order_relaxed)) __builtin_ia32_pause();
    });
  }
}

Spinners::~Spinners() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
}

std::string Regime::Line() const {
  char text[240];
  std::snprintf(text, sizeof text,
                "%s, %d cores; pinned: %s%s; load %.1f to %.1f, cores %.0f %% in use, %.1f %% stolen; ",
                processor.c_str(), cores, pinning.c_str(), awake ? "; kept awake" : "", load_before, load_after,
                busy * 100, steal * 100);
  std::string line = text;
  if (noise < 0 || std::isnan(noise)) return line + "A/A noise unknown: too few samples";
  std::snprintf(text, sizeof text, "A/A noise %.1f %%", noise * 100);
  return line + text;
}

Json Regime::ToJson() const {
  Json json{{"processor", processor},     {"cores", cores},           {"pinning", pinning}, {"awake", awake},
            {"load_before", load_before}, {"load_after", load_after}, {"busy", busy},       {"steal", steal}};
  json["noise"] = noise < 0 || std::isnan(noise) ? Json() : Json(noise);
  return json;
}

RegimeWatch::RegimeWatch(std::string pinning, bool awake) : before_(ReadTicks()) {
  regime_.processor = ProcessorName();
  regime_.cores = static_cast<int>(std::thread::hardware_concurrency());
  regime_.pinning = std::move(pinning);
  regime_.awake = awake;
  regime_.load_before = LoadAverage();
}

RegimeWatch::Ticks RegimeWatch::ReadTicks() {
  std::ifstream in("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0;
  in >> cpu >> user >> nice >> system >> idle >> wait >> irq >> soft >> steal;
  return {.total = user + nice + system + idle + wait + irq + soft + steal, .idle = idle + wait, .steal = steal};
}

Regime RegimeWatch::End(double noise) {
  const Ticks after = ReadTicks();
  const double total = after.total - before_.total;
  regime_.load_after = LoadAverage();
  regime_.noise = std::isnan(noise) ? -1 : noise;
  if (total > 0) {
    regime_.busy = 1 - (after.idle - before_.idle) / total;
    regime_.steal = (after.steal - before_.steal) / total;
  }
  return regime_;
}

}  // namespace iff
