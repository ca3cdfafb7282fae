// What the launcher, the supervisor and the keepers say to each other: one packet of a SOCK_SEQPACKET
// socket is one message, and open files travel with it.
//
//   launcher ── Spawn ──► supervisor ── fork ──► keeper of one service ── fork ──► the service
//      ▲  └───────────── signal, stop ─────────────►│
//      └────────────── started, exited ─────────────┘
//
// Both ends are built together, so numbers travel as they lie in memory. No dependency on core: the
// supervisor has to start within a millisecond or two.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace iff::wire {

// Where the supervisor finds its end of the control socket.
inline constexpr int kControl = 3;
// Kernels take packets of 208 KiB by default.
inline constexpr size_t kMaxPacket = size_t{192} << 10;

// A service to start. With it travel the keeper's end of the service's socket, the log, and with
// `pipes` the ends that become its standard input and output.
struct Spawn {
  std::string name = {};
  std::string program = {};  // absolute path
  std::vector<std::string> argv = {};
  std::vector<std::string> environment = {};  // NAME=value
  std::string directory = {};
  bool switch_account = false;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups = {};
  int stop_signal = 0;
  bool pipes = false;
};

enum class Kind : int64_t {
  kReady,    // supervisor: `text` is the run directory
  kFailed,   // supervisor or keeper: `number` is errno, `text` the operation
  kStarted,  // keeper: `number` is the process id
  kExited,   // keeper: `number` is the wait status
  kSignal,   // launcher: send it signal `number`
  kStop,     // launcher: stop it within `number` milliseconds, then kill what is left
};

struct Note {
  Kind kind = Kind::kReady;
  int64_t number = 0;
  std::string text = {};
};

std::string Encode(const Spawn& spawn);
std::string Encode(const Note& note);
std::optional<Spawn> DecodeSpawn(std::string_view bytes);
std::optional<Note> DecodeNote(std::string_view bytes);

struct Packet {
  enum class State { kArrived, kNothingYet, kClosed };
  State state = State::kClosed;
  std::string bytes = {};
  std::vector<int> descriptors = {};  // the receiver's to close
};

// 0, or errno. Never raises SIGPIPE.
int Send(int socket, std::string_view bytes, const std::vector<int>& descriptors = {});
// Does not wait. What arrives is closed on exec.
Packet Receive(int socket);

}  // namespace iff::wire
