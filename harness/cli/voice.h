// Where a command speaks: its own terminal, or that of whoever asked the environment that is up.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace iff {

class Voice {
 public:
  explicit Voice(int descriptor);

  // One line; thread-safe.
  void Say(std::string_view line);
  bool colour() const { return colour_; }
  bool terminal() const { return terminal_; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  bool terminal_;
  bool colour_;
  std::mutex mutex_;
};

// 64 for what whoever typed the command can mend, 2 for the rest.
int ExitCodeFor(const Error& error);
// Says it and answers the exit code.
int Complain(Voice& voice, const Error& error);

}  // namespace iff
