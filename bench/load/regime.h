// Under what conditions figures were taken. Latencies of one machine in two regimes differ by more than
// most changes one wants to see, so each result says which it was.
#pragma once

#include <sched.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "harness/core/json.h"

namespace iff {

struct ProcessorTime {
  double seconds = 0;
  bool known = false;
};
// What all threads of a process have used so far.
ProcessorTime ProcessorTimeOf(int pid);
// What this thread has used so far.
double ThreadSeconds();

// What a process holds of memory, in MiB.
struct Memory {
  double resident = 0;  // now
  double peak = 0;      // at its largest since it began
  bool known() const { return resident > 0; }
};
Memory MemoryOf(int pid);

// Keeps all threads of a process (0: this thread alone) on one core while it lives. Nothing happens when `core` is -1
// or when the system does not let us.
class Pinned {
 public:
  Pinned(int pid, int core);
  ~Pinned();
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  bool done() const { return !before_.empty(); }

 private:
  std::vector<std::pair<int, cpu_set_t>> before_ = {};  // by thread
};

// Lets all threads of process `pid` run before whatever else wants their core while it lives (SCHED_FIFO, the lowest of
// its priorities): a wait for a time slice says something about the machine. Needs root; done() says whether it is so.
class Ahead {
 public:
  Ahead(int pid, bool wanted);
  ~Ahead();
  Ahead(const Ahead&) = delete;
  Ahead& operator=(const Ahead&) = delete;
  bool done() const { return !threads_.empty(); }

 private:
  std::vector<int> threads_ = {};
};

// A thread of the lowest priority on each core, so that no core falls asleep between two requests: what is
// measured is then the server and not the waking of a virtual processor.
class Spinners {
 public:
  explicit Spinners(bool wanted);
  ~Spinners();
  Spinners(const Spinners&) = delete;
  Spinners& operator=(const Spinners&) = delete;

 private:
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_ = {};
};

struct Regime {
  std::string processor = {};  // its name
  int cores = 0;
  std::string pinning = {};  // "server on core 0, driver on core 1", "none"
  bool awake = false;        // with spinners
  double load_before = 0;    // of one minute
  double load_after = 0;
  double busy = 0;    // share of all cores that was in use meanwhile
  double steal = 0;   // share that the host took away
  double noise = -1;  // A/A: how far the same thing measured twice was apart, as a share; -1: not known

  std::string Line() const;
  Json ToJson() const;
};

// Watches from its making to End().
class RegimeWatch {
 public:
  RegimeWatch(std::string pinning, bool awake);
  Regime End(double noise);

 private:
  struct Ticks {
    double total = 0;
    double idle = 0;
    double steal = 0;
  };
  static Ticks ReadTicks();

  Regime regime_ = {};
  Ticks before_ = {};
};

}  // namespace iff
