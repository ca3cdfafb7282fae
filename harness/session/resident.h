// An environment kept up between commands. `iff up` leaves a process that owns it; later commands hand
// their arguments and their terminal over to it through a socket in the abstract name space, which is no
// file and vanishes with its owner. Both sides check that the other is the same account.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/result.h"

namespace iff {

// The socket's name for a project root: one environment a checkout, or what IFF_RESIDENT says.
std::string ResidentName(const std::string& root);

// The asker's own ends; `in` and `err` are -1 if it has none, or none to tell them apart by.
struct AskerEnds {
  int out = -1;
  int in = -1;
  int err = -1;
};
// Carries one command out; writes to `ends.out`, errors to `ends.err`. `hung_up` becomes true when the asker is gone or
// wants it to end.
using ResidentCommand = std::function<int(const std::vector<std::string>& arguments, const AskerEnds& ends,
                                          const std::atomic<bool>& hung_up)>;

// Listens and serves, each asker on a thread of its own, until Stop() or a termination signal.
// kInvalidInput if another one has the name.
class Resident {
 public:
  static Result<std::unique_ptr<Resident>> Listen(const std::string& name);
  ~Resident();
  void Serve(const ResidentCommand& command);
  void Stop();

 private:
  explicit Resident(int listener);
  struct State;
  std::unique_ptr<State> state_;
};

// Whether that process runs what we run; no, once our program was built anew after it began. Yes where nobody may know.
bool RunsOurProgram(pid_t process);

struct AskOptions {
  // Once true, the command is asked to end.
  const std::atomic<bool>* interrupted = nullptr;
  bool leaves_at_once = false;                  // then do not wait for that: the exit code is 0
  std::function<void()> on_other_program = {};  // called before the command is handed to another build of us
};
// Hands a command over and waits for its exit code. Nothing: nobody listens under that name.
Result<std::optional<int>> AskResident(const std::string& name, const std::vector<std::string>& arguments,
                                       const AskOptions& options = {});

}  // namespace iff
