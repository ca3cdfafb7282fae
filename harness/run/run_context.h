// What all sandboxes of a run share.
#pragma once

#include <chrono>
#include <cstdint>
#include <shared_mutex>
#include <string>
#include <vector>

#include "harness/core/redact.h"
#include "harness/environment/environment.h"
#include "harness/run/janitor.h"
#include "harness/run/principal_pool.h"

namespace iff {

// What every sandbox of a run stands on. All outlive it.
struct RunContext {
  const System& system;
  const DriverRegistry& driver_registry;
  Launcher& launcher;
  Launcher& target_launcher;  // of the servers under test; they may run elsewhere than the rest
  Environment& environment;
  Redactor& redactor;
  const Clock& clock;
  std::string bin_directory;         // where our programs lie
  std::string tools_directory = {};  // where what was fetched lies: ${tools} in a system file
  std::string search_path = {};      // PATH of servers that set none; "": as this process has it
  // Launched instead of every target's own program; "{target}" becomes the target's name.
  std::vector<std::string> substitute;
  // Seed of what is drawn by lot; 0: each scenario has its own.
  uint64_t seed = 0;
  std::chrono::steady_clock::time_point run_began;
  // Held shared by every scenario while it plays, and alone by one that disturbs what all share.
  std::shared_mutex& exclusivity;
  Janitor& janitor;
  // Those who are handed from scenario to scenario; nullptr: everybody is made for one alone.
  PrincipalPool* people = nullptr;
};

// Nobody is handed out again who is in the pool now; the janitor removes them.
void DismissPeople(const RunContext& context);

}  // namespace iff
