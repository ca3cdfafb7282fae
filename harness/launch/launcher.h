// Turns a spec into a Service. Processes are children of a small supervisor program, not of us: when we
// die in any way, SIGKILL included, it stops them all, removes the run directory and ends.
//
//   auto launcher = TRY(ProcessLauncher::Start({.supervisor = "build/release/bin/iff-supervisor"}));
//   Service vault = TRY(launcher->Launch({.name = "vault", .argv = {"bao", "server", "-config", path}}));
//
// A start that fails names what it was waiting for, how the process ended and its last log lines.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/launch/service.h"
#include "harness/launch/service_spec.h"

namespace iff {

class Launcher {
 public:
  virtual ~Launcher() = default;

  // Starts it and waits until it is ready. Thread-safe.
  virtual Result<Service> Launch(ServiceSpec spec) = 0;

  // A directory of this run, removed at its end whatever happens. Mode 0711, so that a service under
  // another account can reach a directory of its own inside it.
  virtual const std::string& run_directory() const = 0;

  // A new directory inside the run directory, mode 0700, owned by `account` when given and we are root.
  virtual Result<std::string> MakeDirectory(std::string_view name, std::string_view account) = 0;
};

struct ProcessLauncherOptions {
  // Path of the iff-supervisor program. Default: the one beside the running program.
  std::string supervisor = {};
  // Where run directories are made. Default: $TMPDIR, or /tmp.
  std::string base_directory = {};
};

class ProcessLauncher final : public Launcher {
 public:
  static Result<std::unique_ptr<ProcessLauncher>> Start(ProcessLauncherOptions options);
  ~ProcessLauncher() override;  // stops every service that is left, removes the run directory

  Result<Service> Launch(ServiceSpec spec) override;
  const std::string& run_directory() const override;
  Result<std::string> MakeDirectory(std::string_view name, std::string_view account) override;

 private:
  struct State;
  explicit ProcessLauncher(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// What runs that are gone have left behind: run directories whose supervisor is dead, and processes
// still working in one.
struct Leftover {
  std::string run_directory = {};
  std::vector<int> processes = {};
};
std::vector<Leftover> FindLeftovers(const std::string& base_directory);
Result<void> Remove(const Leftover& leftover);

}  // namespace iff
