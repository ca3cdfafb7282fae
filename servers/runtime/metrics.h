// What /metrics shows. Labels come from closed sets: nothing in it says who did what.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "servers/runtime/guard.h"

namespace iff {

class Metrics {
 public:
  Metrics();
  ~Metrics();

  // One request judged, with its outcome, reason class and duration.
  void Decided(const Decision& decision);
  // One request of ours to a peer: step is "exchange", "introspection", "login", "read", "revoke" or "upstream".
  void Asked(const std::string& step, const std::string& outcome);
  void SetSessions(size_t open);
  void SetCredentials(size_t kept);

  // Prometheus text format.
  std::string Text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Counts every decision on its way into `trail`.
std::shared_ptr<AuditTrail> Counted(std::shared_ptr<AuditTrail> trail, Metrics& metrics);

}  // namespace iff
