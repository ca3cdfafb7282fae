// The keeper of one service: a fork of the supervisor that is the service's parent and the adopter of
// everything it leaves behind, so that "all that descends from this service" is a question with an
// answer. It talks to the launcher over the service's own socket and stops the service when that
// closes, when told, and when the supervisor goes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

#include "harness/launch/wire.h"

namespace iff {

// All that a service gets to end itself once the launcher is gone.
inline constexpr std::chrono::milliseconds kAbandonedGrace = std::chrono::seconds(2);

// Forks the keeper. `given` are the descriptors that came with the order, which stay the caller's to
// close; `signals` is the signalfd for SIGTERM and SIGCHLD, both blocked; the supervisor's control
// socket is closed in the keeper. Returns its process id, or -1 with errno.
pid_t StartKeeper(const wire::Spawn& order, const std::vector<int>& given, int signals);

// SIGKILLs everything that descends from this process and reaps it: until nothing is left, or for
// `patience` at most (a process may hang in the kernel). True when nothing is left.
bool KillDescendants(int signals, std::chrono::milliseconds patience);

// Empties the signalfd. True when SIGTERM was among them.
bool TakeSignals(int signals);

}  // namespace iff
