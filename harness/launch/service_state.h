// What a Service is made of; for this folder's sources only.
#pragma once

#include <mutex>

#include "harness/launch/descriptor.h"
#include "harness/launch/service.h"
#include "harness/launch/service_spec.h"
#include "harness/launch/wire.h"

namespace iff {

// Waits until `descriptor` can be read (or written) or has been closed by the other side. False when
// the deadline passed.
bool AwaitReadable(int descriptor, Deadline deadline);
bool AwaitWritable(int descriptor, Deadline deadline);

struct Service::State {
  ~State();

  // Takes what the keeper has told; how the process ended once it has.
  std::optional<std::string> Ended();
  // The stop in two halves, so that many can be stopped at once.
  void RequestStop() { RequestStop(spec.stop_within); }
  void RequestStop(std::chrono::milliseconds within);  // SIGKILL follows then
  void AwaitStop();

  ServiceSpec spec = {};
  std::string directory = {};
  bool owns_directory = false;
  std::string log_path = {};
  int pid = -1;

  std::mutex keeper_mutex;  // guards the five below
  Descriptor keeper;        // the keeper's end closes when nothing of the service is left
  bool keeper_gone = false;
  bool stop_requested = false;
  std::optional<std::string> ended = {};
  std::optional<wire::Note> start = {};  // kStarted or kFailed

  std::mutex read_mutex;  // guards the two below
  Descriptor output;
  std::string unread = {};

  std::mutex write_mutex;  // guards the one below
  Descriptor input;
};

}  // namespace iff
