// A running process. Destroying it stops it, its children and removes what the launcher made for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/clock.h"
#include "harness/core/result.h"

namespace iff {

class Service {
 public:
  Service(Service&&) noexcept;
  Service& operator=(Service&&) noexcept;
  ~Service();

  const std::string& name() const;
  int pid() const;
  const std::string& directory() const;
  const std::string& log_path() const;  // standard output and error (only error with pipes)

  // How it ended ("exit 3", "signal 9"), or nothing while it lives.
  std::optional<std::string> exited() const;
  // The last `lines` lines of its log.
  std::string LogTail(size_t lines = 20) const;
  // The log's size now in bytes, and what was logged from `offset` on.
  size_t LogSize() const;
  std::string LogSince(size_t offset) const;

  void Signal(int signal);
  // Asks it to stop, waits, kills what is left. Idempotent.
  void Stop();

  // With ServiceSpec::pipes. A line has no line feed.
  Result<std::string> ReadLine(Deadline deadline);
  Result<void> WriteLine(std::string_view line);
  void CloseInput();

 private:
  friend class Attempt;
  friend class ProcessLauncher;
  struct State;
  explicit Service(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace iff
