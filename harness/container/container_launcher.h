// Turns the same specs into containers. For every container a small program of ours stands in among the processes of
// the run: it starts the container, hands its output on as its own, passes signals on and ends as the container ends.
// So logs, readiness, pipes and what happens when we are killed are those of the native launcher.
//
//   launcher ── spec ──► ProcessLauncher ──► supervisor ──► keeper ──► iff-container ── engine ──► the container
//      └── once a run ──► iff-container keep: removes what has the run's label once we are gone, however we went
//
// Containers use the host's network: an issuer's address is then the same for them, for processes and for a browser.
// They see their own directory; read-only their image, the run directory and what earlier runs prepared.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "harness/container/engine.h"
#include "harness/container/images.h"
#include "harness/launch/launcher.h"

namespace iff {

struct ContainerLauncherOptions {
  Endpoint engine = {};
  std::vector<ImageRule> rules = {};
  // Directories that every container sees at the same path, read-only: what was prepared in earlier runs.
  std::vector<std::string> shared = {};
  // Path of the iff-container program. Default: the one beside the running program.
  std::string stand_in = {};
  // A container that wants more is killed by the kernel. Default: 2 GiB, twice what the largest needs.
  int64_t memory_limit = int64_t{2} << 30;
  int64_t process_limit = 2048;
  ProcessLauncherOptions processes = {};
};

class ContainerLauncher final : public Launcher {
 public:
  // Asks the engine for its version and for every image that is always needed.
  static Result<std::unique_ptr<ContainerLauncher>> Start(ContainerLauncherOptions options);
  ~ContainerLauncher() override;

  Result<Service> Launch(ServiceSpec spec) override;
  const std::string& run_directory() const override { return processes_->run_directory(); }
  Result<std::string> MakeDirectory(std::string_view name, std::string_view account) override {
    return processes_->MakeDirectory(name, account);
  }

  // The same run's processes, for what is to run beside the containers.
  Launcher& processes() { return *processes_; }
  const EngineVersion& engine_version() const { return version_; }

 private:
  ContainerLauncher(ContainerLauncherOptions options, EngineVersion version)
      : options_(std::move(options)), version_(std::move(version)) {}

  Result<void> StartKeeper();
  Result<Json> Body(const ServiceSpec& spec, const PlacedProgram& placed) const;

  const ContainerLauncherOptions options_;
  const EngineVersion version_;
  std::unique_ptr<ProcessLauncher> processes_;
  int keeper_pipe_ = -1;  // its end tells the keeper that we are gone
  int keeper_ = -1;
  std::atomic<int> launched_ = 0;
};

// Containers of runs that are over: those whose run directory is gone, or whose supervisor is.
struct LeftoverContainers {
  std::string run = {};
  std::vector<std::string> containers = {};  // ids
  std::vector<std::string> networks = {};
  std::vector<std::string> volumes = {};
};
Result<std::vector<LeftoverContainers>> FindLeftoverContainers(Engine& engine);
Result<void> Remove(Engine& engine, const LeftoverContainers& leftover);

}  // namespace iff
