// What /metrics shows; thread-safe. Labels come from closed sets: nothing in it says who did what.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "servers/guard/guard.h"

namespace iff {

class Metrics {
 public:
  Metrics();
  ~Metrics();

  // One request of ours to a peer: step is "exchange", "introspection", "login", "read", "revoke" or "upstream".
  void Asked(const std::string& step, const std::string& outcome);
  // Of one worker; what is shown is the sum over all.
  void SetSessions(size_t worker, size_t open);
  void SetCredentials(size_t worker, size_t kept);

  // Prometheus text format.
  std::string Text() const;

 private:
  friend class CountedTrail;
  struct State;
  std::unique_ptr<State> state_;
};

// Counts every decision, with its outcome, reason class and duration, on its way into `trail`. For one thread.
std::shared_ptr<AuditTrail> Counted(std::shared_ptr<AuditTrail> trail, Metrics& metrics);

}  // namespace iff
