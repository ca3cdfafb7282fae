// A relay in front of one component, through which both sides can be disturbed.
//
//   client ──► Gate ──► component
//
//   auto gate = TRY(Gate::Open(vault.endpoint()));
//   gate->Set({.mode = GateMode::kHold});   // accepted, never answered
//   ...
//   gate->Heal();                            // both directions pass again
//
// Every connection open at the time of a call is affected, and every later one. Of what passes it reads HTTP and,
// before a component whose connections begin with a startup message (GateReads), that message: a fault can be aimed at
// one request, or at one start-up.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
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
  // The gate itself answers. Of HTTP each request, with `status` and `body`; 3xx leads to the component. Of PostgreSQL
  // each start-up, with an error of `sqlstate` that says `body`, or with the bytes of `body` where there is no such
  // state; then the connection ends.
  kAnswer,
  kTrickle,  // the same, but of HTTP's body, or of what PostgreSQL's answer is, comes a byte each `delay`
};

// Whom a fault meets: everybody by default. With anything else the gate reads requests one by one, or of PostgreSQL the
// start-ups; a start-up that is met is so for as long as its connection lasts. What cannot be read passes.
struct GateAim {
  std::string path = {};                  // requests whose target begins so; no start-up has one
  std::vector<std::string> holding = {};  // those with one of these in them: somebody's token, name or id
  uint64_t nth = 0;                       // of those, the n-th since the fault was set; 0: each
  bool start_ups = false;  // nothing but start-ups, each by default: whoever is connected already stays so
  std::map<std::string, std::string> parameters = {};  // start-ups with these, and with that text in each
  bool everybody() const { return path.empty() && holding.empty() && nth == 0 && !start_ups && parameters.empty(); }
};

struct GateFault {
  GateMode mode = GateMode::kPass;
  std::chrono::milliseconds delay = std::chrono::milliseconds(0);
  uint64_t after_bytes = 0;
  int status = 503;
  std::string body = {};
  std::string sqlstate = {};  // five characters; "": none
  GateAim aim = {};
};

// Bytes that are about to pass. `connection` counts from 1.
struct Passage {
  uint64_t connection = 0;
  bool to_component = false;
  std::chrono::steady_clock::time_point at = {};
  std::string_view bytes = {};
};

// What the gate looks for in what clients send, to aim faults at some of it.
enum class GateReads {
  kRequests,  // of HTTP
  kStartups,  // the message with which a connection begins (protocol 3.0, see start_up.h)
};

class Gate {
 public:
  static Result<std::unique_ptr<Gate>> Open(Endpoint component, GateReads reads = GateReads::kRequests);
  ~Gate();

  GateReads reads() const;
  Endpoint endpoint() const;  // where clients connect; same scheme as the component's
  void Set(GateFault fault);
  void Heal() { Set({}); }
  // Shows every passage from now on; called on a thread of the gate's, one at a time. Empty: no more.
  void Watch(std::function<void(const Passage&)> watcher);

  struct Counts {
    uint64_t connections = 0;
    uint64_t to_component = 0;  // bytes
    uint64_t to_client = 0;     // bytes
    uint64_t disturbed = 0;     // requests or start-ups that met a fault with an aim, or were answered by the gate
    uint64_t unread = 0;        // start-ups that could not be read, with TLS around them say, while a fault was aimed
  };
  Counts counts() const;

 private:
  struct State;
  explicit Gate(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace iff
