// A relay in front of one component, through which both sides can be disturbed.
//
//   client ──► Gate ──► component
//
//   auto gate = TRY(Gate::Open(vault.endpoint()));
//   gate->Set({.mode = GateMode::kHold});   // accepted, never answered
//   ...
//   gate->Heal();                            // both directions pass again
//
// Every connection open at the time of a call is affected, and every later one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/net/endpoint.h"

namespace iff {

enum class GateMode {
  kPass,
  kRefuse,  // open connections are reset, new ones are refused: the peer is gone
  kHold,    // connections are accepted and nothing passes: the peer hangs
  kDelay,   // each chunk passes after `delay`
  kCut,     // each connection is reset after `after_bytes` bytes towards the client
  kAnswer,  // HTTP only: each request is answered with `status` and `body` by the gate itself; 3xx leads to the component
  kTrickle,  // the same, but of the body comes a byte each `delay`
};

// Whom a fault meets: everybody by default. Anything else is for HTTP, whose requests the gate then reads one by one; what it
// cannot read passes.
struct GateAim {
  std::string path = {};                  // requests whose target begins so
  std::vector<std::string> holding = {};  // requests with one of these in head or body: somebody's token, name or id
  uint64_t nth = 0;                       // of those, the n-th since the fault was set; 0: each
  bool everybody() const { return path.empty() && holding.empty() && nth == 0; }
};

struct GateFault {
  GateMode mode = GateMode::kPass;
  std::chrono::milliseconds delay = std::chrono::milliseconds(0);
  uint64_t after_bytes = 0;
  int status = 503;
  std::string body = {};
  GateAim aim = {};
};

// Bytes that are about to pass. `connection` counts from 1.
struct Passage {
  uint64_t connection = 0;
  bool to_component = false;
  std::chrono::steady_clock::time_point at = {};
  std::string_view bytes = {};
};

class Gate {
 public:
  static Result<std::unique_ptr<Gate>> Open(Endpoint component);
  ~Gate();

  Endpoint endpoint() const;  // where clients connect; same scheme as the component's
  void Set(GateFault fault);
  void Heal() { Set({}); }
  // Shows every passage from now on; called on a thread of the gate's, one at a time. Empty: no more.
  void Watch(std::function<void(const Passage&)> watcher);

  struct Counts {
    uint64_t connections = 0;
    uint64_t to_component = 0;  // bytes
    uint64_t to_client = 0;     // bytes
    uint64_t disturbed = 0;     // requests that met a fault with an aim, or were answered by the gate
  };
  Counts counts() const;

 private:
  struct State;
  explicit Gate(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace iff
